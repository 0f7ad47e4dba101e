# SPDX-License-Identifier: AGPL-3.0-or-later
"""The local engine: each lane when it is due, never one lane twice at once, nothing forgotten."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

from desk import EIGHT

from relay.clock import ManualClock
from relay.engine.local import Local
from relay.engine.port import RETRY, Drain
from relay.faults import Unusable
from relay.i18n import say


class Patient(ManualClock):
    """Moves on for short waits only: the sweep, asked for once an hour, never comes."""

    async def sleep(self, seconds: float) -> None:
        if seconds >= 3600:
            await asyncio.Event().wait()
        await super().sleep(seconds)


async def nothing() -> dict[str, datetime]:
    return {}


async def run_until(engine: Local, drain: Drain, done: Callable[[], bool]) -> None:
    """Run the engine until ``done``; every wait in it moves the clock instead of passing time."""
    work = asyncio.create_task(engine.run(drain))
    async with asyncio.timeout(5):
        while not done():
            await asyncio.wait({work}, timeout=0)
    work.cancel()
    await asyncio.gather(work, return_exceptions=True)


def recorder(clock: ManualClock, seen: list[tuple[str, datetime]]) -> Drain:
    async def drain(lane: str) -> datetime | None:
        seen.append((lane, clock.now()))
        return None

    return drain


async def test_a_ring_for_later_is_kept_until_then() -> None:
    clock, seen = Patient(EIGHT), list[tuple[str, datetime]]()
    engine = Local(clock, nothing, every=3600)
    engine.ring("net/a", EIGHT + timedelta(minutes=5))
    await run_until(engine, recorder(clock, seen), lambda: bool(seen))
    lane, moment = seen[0]
    assert lane == "net/a"
    assert moment >= EIGHT + timedelta(minutes=5)


async def test_rings_for_the_same_lane_collapse_into_the_earliest() -> None:
    clock, seen = Patient(EIGHT), list[tuple[str, datetime]]()
    engine = Local(clock, nothing, every=3600)
    for minutes in (9, 3, 6):
        engine.ring("net/a", EIGHT + timedelta(minutes=minutes))
    await run_until(engine, recorder(clock, seen), lambda: bool(seen))
    assert [lane for lane, _ in seen] == ["net/a"]
    assert seen[0][1] < EIGHT + timedelta(minutes=6)


async def test_one_lane_is_never_drained_twice_at_once() -> None:
    clock, inside, most, times = Patient(EIGHT), 0, 0, 0
    engine = Local(clock, nothing, every=3600)

    async def drain(lane: str) -> datetime | None:
        nonlocal inside, most, times
        inside, times = inside + 1, times + 1
        most = max(most, inside)
        engine.ring(lane)
        await clock.sleep(1)
        inside -= 1
        return None

    engine.ring("net/a")
    await run_until(engine, drain, lambda: times > 5)
    assert most == 1


async def test_the_sweep_finds_work_that_nobody_rang_for() -> None:
    """Another process wrote a row, or a ring was lost: the lane is drained all the same."""
    clock, seen = Patient(EIGHT), list[tuple[str, datetime]]()

    async def sweep() -> dict[str, datetime]:
        return {"net/forgotten": EIGHT}

    await run_until(Local(clock, sweep, every=5), recorder(clock, seen), lambda: bool(seen))
    assert seen[0][0] == "net/forgotten"


async def test_a_drain_that_failed_is_tried_again() -> None:
    clock, tries = Patient(EIGHT), list[datetime]()
    engine = Local(clock, nothing, every=3600)

    async def drain(lane: str) -> datetime | None:
        tries.append(clock.now())
        raise Unusable(say("The disk is full."))

    engine.ring("net/a")
    await run_until(engine, drain, lambda: len(tries) > 1)
    assert tries[1] - tries[0] >= RETRY


async def test_a_broken_lane_does_not_stop_the_others() -> None:
    clock, seen = Patient(EIGHT), list[str]()
    engine = Local(clock, nothing, every=3600)

    async def drain(lane: str) -> datetime | None:
        if lane == "net/broken":
            raise RuntimeError
        seen.append(lane)
        return None

    engine.ring("net/broken")
    engine.ring("net/well")
    await run_until(engine, drain, lambda: bool(seen))
    assert seen == ["net/well"]
