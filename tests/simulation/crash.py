# SPDX-License-Identifier: AGPL-3.0-or-later
"""M1: one article, and the relay is killed right before one step of its loop; after a while it is started again."""

from datetime import timedelta
from pathlib import Path

from simulation.scene import BEGIN, CLOSES
from simulation.verdict import Expected, Ran, judge, rest
from simulation.world import World, copied

GAPS = {"1s": timedelta(seconds=1), "65min": timedelta(minutes=65), "6h": timedelta(hours=6)}
SLEEPY = 1800.0  # s between sweeps and looks: nothing else happens in these runs


def crash(ground: Path, folder: Path, kind: str, gap: str, step: int, seed: int = 0) -> Ran:
    """One run; ``step`` 0: no crash. ``ground``: a ledger as ``scene.opened`` leaves it, with one network."""
    with World(seed, copied(ground, folder), kind, zero=BEGIN, sweep=SLEEPY, look=SLEEPY) as world:
        link = world.press.publish("Un", BEGIN).link
        first = world.start(dies_at=step).life
        world.run(seconds=20)
        steps, crashes = first.steps, int(not first.alive)
        if crashes:
            world.run(seconds=GAPS[gap].total_seconds())
            world.start()
        rest(world, 75)
        stale = gap == "6h"  # an article's notice is not said any more after six hours
        verdict = judge(world, Expected((link,), owed=not stale))
        return Ran(verdict, steps, crashes, world.loop.trace, f"crash SEED={seed} KIND={kind} GAP={gap} STEP={step}")


assert BEGIN + GAPS["6h"] + timedelta(hours=2) < CLOSES
