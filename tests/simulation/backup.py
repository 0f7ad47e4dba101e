# SPDX-License-Identifier: AGPL-3.0-or-later
"""M11: the ledger is lost, and a backup of some age restored: it knows nothing of what was said since."""

import sqlite3
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

from simulation.acts import mark_restored
from simulation.scene import BEGIN, OPENS
from simulation.verdict import Expected, Ran, Verdict, judge
from simulation.world import FILE, World, copied

from relay.terms import Window

AGES = {"1h": timedelta(hours=1), "24h": timedelta(hours=24), "7d": timedelta(days=7)}
LONG = (Window(OPENS, OPENS + timedelta(days=9)),)  # a strike that is on all the while
SLEEPY = 6 * 3600.0  # s between sweeps
HOUR = 3600.0  # s between looks
MINUTES = timedelta(minutes=1)


def restored(ground: Path, folder: Path, kind: str, age: str, step: int, seed: int = 0) -> Ran:
    """The backup is taken right before that step of a relay at work on its first article."""
    with World(seed, copied(ground, folder), kind, zero=BEGIN, sweep=SLEEPY, look=HOUR) as world:
        world.press.publish("Avant", BEGIN)
        kept = folder / "kept.db"
        relay = world.start()
        relay.life.fates[max(step, 1)] = lambda: _copy(world.file, kept)
        world.run(seconds=20)
        steps = relay.life.steps
        for name, moment in (("Peu après", BEGIN + MINUTES), ("Bien après", BEGIN + AGES[age] - 62 * MINUTES)):
            world.at(moment, lambda name=name, at=moment: world.press.publish(name, at))
        world.run(BEGIN + AGES[age] + 2 * MINUTES)
        world.kill(relay)
        _bring_back(world, kept)
        world.do(mark_restored(world))
        again = world.clock.true()
        world.press.publish("Tout neuf", again + MINUTES)
        world.start()
        world.run(hours=4)
        verdict = judge(world, Expected(tuple(world.press.published), LONG))
        _nothing_before(verdict, world, again)
        return Ran(verdict, steps, 1, world.loop.trace, f"restored SEED={seed} KIND={kind} AGE={age} STEP={step}")


def _copy(file: Path, to: Path) -> None:
    """As ``piquet backup`` does while the relay runs: a consistent copy."""
    with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(to)) as target:
        source.backup(target)


def _bring_back(world: World, kept: Path) -> None:
    for left in world.home.glob(f"{FILE}*"):
        left.unlink()
    kept.rename(world.file)


def _nothing_before(verdict: Verdict, world: World, again: datetime) -> None:
    """Nothing is said before every account that can be read back was."""
    since = [each for each in world.begun if each.at >= again]
    told = [each.at for each in since if each.what == "publish"]
    read = [each.at for each in since if each.what == "recent"]
    if told and "D" not in world.hosts and (not read or min(told) < min(read)):
        verdict.fault("duplicates", "something was said before the accounts were read back")
