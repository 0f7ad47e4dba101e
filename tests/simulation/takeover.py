# SPDX-License-Identifier: AGPL-3.0-or-later
"""M9: a worker is frozen right before a step (SIGSTOP); another takes its lanes over; then the first wakes up."""

from pathlib import Path

from simulation.scene import BEGIN
from simulation.verdict import Expected, Ran, judge, rest
from simulation.world import World, copied

SLEEPY = 1800.0  # s between sweeps and looks
TAKEN = 15.0  # s until a worker that shows no sign of life is replaced
WAKES = (17.0, 40.0, 137.2, 300.0)  # s after it froze: while the other settles, at its look, when all is said
BUSY = "is busy"  # a frozen process may hold the database's lock: that is told, and tried again


def takeover(ground: Path, folder: Path, kind: str, wakes: float, step: int, seed: int = 0) -> Ran:
    """Both work on from there; ``step`` 0: nobody freezes."""
    with World(seed, copied(ground, folder), kind, zero=BEGIN, sweep=SLEEPY, look=SLEEPY) as world:
        link = world.press.publish("Un", BEGIN).link
        first = world.start().life
        if step:
            first.fates[step] = lambda: setattr(first, "frozen", True)
        world.run(seconds=20)
        steps = first.steps
        if first.frozen:
            world.run(seconds=TAKEN)
            world.start()
            world.run(seconds=wakes - TAKEN)
            world.loop.thaw(first)
        rest(world, 80)
        world.ear.heard = [words for words in world.ear.heard if BUSY not in words]
        verdict = judge(world, Expected((link,), owed=True))
        replay = f"takeover SEED={seed} KIND={kind} WAKES={wakes} STEP={step}"
        return Ran(verdict, steps, 0, world.loop.trace, replay)
