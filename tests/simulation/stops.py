# SPDX-License-Identifier: AGPL-3.0-or-later
"""M8: a stop is committed, or the window ends, at any step of a relay that is in the middle of answering articles."""

import sqlite3
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

from simulation.acts import stop
from simulation.fates import Fate
from simulation.scene import BEGIN
from simulation.verdict import Expected, Ran, judge, rest
from simulation.world import FILE, World, copied

from relay.terms import Window

SLEEPY = 1800.0  # s between sweeps and looks
BUSY, SWEPT = 10.0, 75.0  # seconds after which all is said, minutes after which the last sweep is through
ARTICLES = 4
SLOW = (Fate("", 0.5, 1.3), Fate("late", 20.0, 0.7), Fate("", 0.1, 2.1), Fate("hang", 5.0, None))


def stopped(ground: Path, folder: Path, kind: str, step: int, seed: int = 0) -> Ran:
    """Somebody presses stop right before that step; ``step`` 0: nobody does."""
    with _at_work(copied(ground, folder), kind, seed) as world:
        first = world.start().life
        pressed: list[datetime] = []
        if step:
            first.fates[step] = lambda: stop(world, pressed)
        world.run(seconds=BUSY)
        steps = first.steps
        rest(world, SWEPT)
        verdict = judge(world, Expected((), stops=tuple(pressed)))
        return Ran(verdict, steps, 0, world.loop.trace, f"stopped SEED={seed} KIND={kind} STEP={step}")


def ended(ground: Path, folder: Path, kind: str, after: float, seed: int = 0) -> Ran:
    """The window closes ``after`` seconds."""
    closes = BEGIN + timedelta(seconds=after)
    copied(ground, folder)
    with closing(sqlite3.connect(folder / FILE)) as ledger, ledger:
        ledger.execute("UPDATE slot SET closes = ?", [_column(closes)])
        ledger.execute("UPDATE delivery SET not_after = ? WHERE state = 'pending'", [_column(closes)])
    with _at_work(folder, kind, seed) as world:
        first = world.start().life
        rest(world, SWEPT)
        verdict = judge(world, Expected((), (Window(BEGIN, closes),)))
        return Ran(verdict, first.steps, 0, world.loop.trace, f"ended SEED={seed} KIND={kind} AFTER={after}")


def moments(ground: Path, folder: Path, kind: str) -> list[float]:
    """When the relay began something, and shortly before and after."""
    with _at_work(copied(ground, folder), kind, 0) as world:
        world.start()
        world.run(seconds=60)
        began = {(each.at - BEGIN).total_seconds() for each in world.begun}
    return sorted({at + off for at in began for off in (-1.0, -0.5, 0.0, 0.01, 0.5, 1.0) if at + off > 0})


def _at_work(folder: Path, kind: str, seed: int) -> World:
    world = World(seed, folder, kind, zero=BEGIN, sweep=SLEEPY, look=SLEEPY)
    world.hosts[kind].weather.script += SLOW
    for number in range(ARTICLES):
        world.press.publish(f"Article {number}", BEGIN)
    return world


def _column(moment: datetime) -> str:
    return str(moment.replace(tzinfo=None))
