# SPDX-License-Identifier: AGPL-3.0-or-later
"""The engine for many machines on a real PostgreSQL: each lane by one machine at a time, and nothing forgotten.

Machines are engines of their own here; processes that are killed and frozen are in tests/workers.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack, asynccontextmanager, suppress
from datetime import datetime, timedelta
from typing import Any

import psycopg
import pytest
from postgres import Cluster
from sqlalchemy import text

from relay.clock import RealClock
from relay.engine import procrastinate
from relay.engine.port import Drain, Sweep
from relay.engine.procrastinate import Procrastinate, Pulse
from relay.engine.rings import Rings
from relay.engine.tables import SCHEMA
from relay.store.opening import open_store
from relay.store.transfer import copy

QUICK = Pulse(beat=0.1, stalled=1.0)
NEVER = 3600.0  # seconds until the second sweep


@pytest.fixture
def address(postgres: Cluster) -> str:
    return postgres.create()


async def nothing() -> dict[str, datetime]:
    return {}


def machine(address: str, sweep: Sweep = nothing, every: float = NEVER, pulse: Pulse = QUICK) -> Procrastinate:
    return Procrastinate(address, RealClock(), sweep, every, pulse)


@asynccontextmanager
async def at_work(engine: Procrastinate, drain: Drain) -> AsyncIterator[Procrastinate]:
    work = asyncio.create_task(engine.run(drain))
    try:
        yield engine
    finally:
        work.cancel()
        with suppress(asyncio.CancelledError):
            await work
        await engine.aclose()


async def until(done: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not done():  # noqa: ASYNC110 - whatever a test waits for, it sets no event
            await asyncio.sleep(0.005)


def counter(seen: Counter[str]) -> Drain:
    async def drain(lane: str) -> datetime | None:
        seen[lane] += 1
        return None

    return drain


def rows(address: str, table: str) -> int:
    with psycopg.connect(address) as connection:
        found = connection.execute(f"SELECT count(*) FROM {SCHEMA}.procrastinate_{table}").fetchone()
        assert found is not None
        return int(found[0])


async def test_a_ring_is_heard_by_another_machine_that_is_told_of_it(address: str) -> None:
    """Also from a process that never works itself, as a command is: nobody waits for the sweep."""
    seen: Counter[str] = Counter()
    async with at_work(machine(address), counter(seen)):
        await asyncio.sleep(0.2)
        command = machine(address)
        command.ring("net/a")
        command.ring_all(["net/b", "net/c"])
        await command.aclose()
        await until(lambda: len(seen) == 3)
    assert {"net/a": 1, "net/b": 1, "net/c": 1} == seen


async def test_a_lane_is_drained_by_one_machine_at_a_time(address: str) -> None:
    """Three machines, four lanes, everyone ringing all the time."""
    inside: Counter[str] = Counter()
    most, times = Counter[str](), Counter[str]()

    async def drain(lane: str) -> datetime | None:
        inside[lane] += 1
        most[lane], times[lane] = max(most[lane], inside[lane]), times[lane] + 1
        try:
            await asyncio.sleep(0.01)
        finally:
            inside[lane] -= 1
        return None

    lanes = [f"net/{number}" for number in range(4)]
    patient = Pulse()  # a busy test machine may stand still for a second; whose lanes go to others is not asked here
    async with (
        at_work(machine(address, pulse=patient), drain) as one,
        at_work(machine(address, pulse=patient), drain) as two,
        at_work(machine(address, pulse=patient), drain) as three,
    ):
        while min((times[lane] for lane in lanes), default=0) < 20:
            for engine in (one, two, three):
                engine.ring_all(lanes)
            await asyncio.sleep(0.005)
    assert dict.fromkeys(lanes, 1) == most


async def test_rings_during_a_drain_are_kept_and_collapse_into_one(address: str) -> None:
    times, go = 0, asyncio.Event()

    async def drain(lane: str) -> datetime | None:
        nonlocal times
        times += 1
        await go.wait()
        return None

    async with at_work(machine(address), drain) as engine:
        engine.ring("net/a")
        await until(lambda: times == 1)
        for _ in range(5):
            engine.ring("net/a")
            await asyncio.sleep(0.02)
        go.set()
        await until(lambda: times == 2)
        await asyncio.sleep(0.3)
    assert 2 == times


async def test_a_lane_is_drained_again_when_the_drain_said_so(address: str) -> None:
    """To the millisecond, on an idle machine: a wait that a server asked for, the opening of a window."""
    clock, seen = RealClock(), list[datetime]()
    wait = timedelta(seconds=0.3)

    async def drain(lane: str) -> datetime | None:
        seen.append(clock.now())
        return seen[0] + wait if len(seen) == 1 else None

    async with at_work(machine(address), drain) as engine:
        engine.ring("net/a")
        await until(lambda: len(seen) == 2)
    assert wait <= seen[1] - seen[0] < wait + timedelta(seconds=0.2)


async def test_an_urgent_ring_overtakes_one_for_later(address: str) -> None:
    seen: Counter[str] = Counter()
    async with at_work(machine(address), counter(seen)) as engine:
        engine.ring("net/a", RealClock().now() + timedelta(hours=1))
        await asyncio.sleep(0.1)
        engine.ring("net/a")
        await until(lambda: seen["net/a"] == 1)


async def test_the_sweep_rings_for_what_is_due_and_not_for_what_is_not(address: str) -> None:
    seen, now = Counter[str](), RealClock().now()

    async def sweep() -> dict[str, datetime]:
        return {"net/forgotten": now, "net/later": now + timedelta(hours=1)}

    async with at_work(machine(address, sweep, every=0.05), counter(seen)):
        await until(lambda: seen["net/forgotten"] > 1)
    assert ["net/forgotten"] == list(seen)


async def test_a_drain_that_failed_is_tried_again_and_stops_no_other(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(procrastinate, "RETRY", timedelta(seconds=0.1))
    seen: Counter[str] = Counter()

    async def drain(lane: str) -> datetime | None:
        seen[lane] += 1
        if lane == "net/broken":
            raise RuntimeError
        return None

    async with at_work(machine(address), drain) as engine:
        engine.ring_all(["net/broken", "net/well"])
        await until(lambda: seen["net/broken"] > 2)
    assert 1 == seen["net/well"]


async def test_the_lanes_of_a_dead_machine_move_on(address: str) -> None:
    """Even while a ring for such a lane waits already."""
    rings = Rings(address)
    await rings.open()
    await rings.put(["net/a"])
    dead = await rings.jobs.register_worker()
    assert await rings.take(dead) is not None
    await rings.put(["net/a"])
    await rings.shut()
    seen: Counter[str] = Counter()
    async with at_work(machine(address, every=0.2), counter(seen)):
        await asyncio.sleep(0.3)
        assert 0 == seen["net/a"]  # it may still be alive
        await until(lambda: seen["net/a"] > 0)


async def test_a_worker_that_was_given_up_begins_anew(address: str) -> None:
    """It was frozen, its lanes are taken: it finds out, stops its drains, and works on under another number."""
    seen, given_up = Counter[str](), list[str]()

    async def drain(lane: str) -> datetime | None:
        seen[lane] += 1
        try:
            await asyncio.sleep(0 if seen[lane] > 1 else 60)
        except asyncio.CancelledError:
            given_up.append(lane)
            raise
        return None

    async with at_work(machine(address), drain) as engine:
        engine.ring("net/long")
        await until(lambda: seen["net/long"] == 1)
        with psycopg.connect(address, options=f"-c search_path={SCHEMA}") as other:
            other.execute("DELETE FROM procrastinate_jobs")
            other.execute("DELETE FROM procrastinate_workers")
        engine.ring("net/next")
        await until(lambda: bool(given_up))
        await until(lambda: seen["net/long"] > 1 and seen["net/next"] == 1)


async def test_stopped_it_waits_for_its_drains_and_hands_their_lanes_on(address: str) -> None:
    seen, finished = Counter[str](), list[str]()

    async def slow(lane: str) -> datetime | None:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            await asyncio.sleep(0.2)  # what is being said is waited for
            finished.append(lane)
            raise
        return None

    first = machine(address)
    work = asyncio.create_task(first.run(slow))
    first.ring("net/a")
    await asyncio.sleep(0.5)
    async with at_work(machine(address), counter(seen)):
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)
        assert ["net/a"] == finished
        await until(lambda: seen["net/a"] == 1)
        await first.aclose()


async def test_what_is_done_is_deleted(address: str) -> None:
    seen: Counter[str] = Counter()
    lanes = [f"net/{number}" for number in range(30)]
    async with at_work(machine(address), counter(seen)) as engine:
        engine.ring_all(lanes)
        await until(lambda: len(seen) == len(lanes))
    assert (0, 0, 0) == (rows(address, "jobs"), rows(address, "events"), rows(address, "workers"))


async def test_it_survives_a_crash_of_postgresql() -> None:
    """Nothing lost: rings that went down with it are found by the sweep, and prompt rings work again."""
    cluster, seen = Cluster(), Counter[str]()
    cluster.start()
    try:
        address, start = cluster.create(), RealClock().now()

        async def sweep() -> dict[str, datetime]:
            return {"net/waits": start}

        async with at_work(machine(address, sweep, every=0.2), counter(seen)) as engine:
            await until(lambda: seen["net/waits"] > 0)
            await asyncio.to_thread(cluster.crash)
            engine.ring("net/lost")
            await asyncio.sleep(0.3)
            seen.clear()
            await asyncio.to_thread(cluster.start)
            await until(lambda: seen["net/waits"] > 0)
            engine.ring("net/prompt")
            await until(lambda: seen["net/prompt"] == 1)
    finally:
        await asyncio.to_thread(cluster.stop)


@pytest.mark.parametrize("deaf", ["take", "machines"])
async def test_a_cancellation_that_a_pool_has_swallowed_is_heeded(
    address: str, monkeypatch: pytest.MonkeyPatch, deaf: str
) -> None:
    """As Python 3.11 does now and then: the machine leaves all the same."""
    real, deafened = getattr(Rings, deaf), asyncio.Event()

    async def swallowing(self: Rings, *args: Any) -> Any:
        done = await real(self, *args)
        if not deafened.is_set():
            deafened.set()
            with suppress(asyncio.CancelledError):
                await asyncio.sleep(60)
        return done

    engine = machine(address)
    monkeypatch.setattr(Rings, deaf, swallowing)
    work = asyncio.create_task(engine.run(counter(Counter())))
    engine.ring("net/a")
    await deafened.wait()
    work.cancel()
    await asyncio.wait({work}, timeout=5)
    left = work.cancelled()
    work.cancel()
    await asyncio.wait({work})
    await engine.aclose()
    assert left


@pytest.mark.parametrize("ended", [True, False])
async def test_whoever_froze_in_mid_transaction_holds_nobody_up(address: str, ended: bool) -> None:
    """In the midst of many rows or just after them. PostgreSQL's own timer, which mostly does not see it, is off."""
    frozen = psycopg.connect(address, application_name="piquet")
    with psycopg.connect(address, autocommit=True, options="-c lock_timeout=10s") as well, ExitStack() as pipeline:
        well.execute("CREATE TABLE notice AS SELECT 1 AS id")
        pipeline.enter_context(suppress(psycopg.OperationalError))
        pipeline.enter_context(frozen.pipeline())
        frozen.cursor().executemany("UPDATE notice SET id = %s", [(number,) for number in range(5)])
        pipeline.close() if ended else frozen.pgconn.flush()
        wrote = "SELECT backend_xid FROM pg_stat_activity WHERE pid = %s AND backend_xid IS NOT NULL"
        await until(lambda: well.execute(wrote, [frozen.info.backend_pid]).fetchone() is not None)
        async with at_work(machine(address, pulse=Pulse(beat=0.1, silent=0.5)), counter(Counter())):
            await asyncio.to_thread(well.execute, "UPDATE notice SET id = 9")
    with pytest.raises(psycopg.OperationalError):
        frozen.execute("SELECT")


async def test_a_copy_that_waits_for_its_other_side_is_not_taken_for_a_machine_that_froze(
    address: str, postgres: Cluster
) -> None:
    writes, seen = "SELECT pg_current_xact_id()", "SELECT FROM pg_stat_activity WHERE pid = %s"
    source, target = await open_store(address), await open_store(postgres.create())
    async with source.write() as kept, target.write() as into:
        given = await kept.connection()
        await given.execute(text(writes))
        await copy(given, await into.connection())
        frozen = psycopg.connect(address, application_name="piquet")
        frozen.execute(writes)
        with psycopg.connect(address, autocommit=True) as well:
            async with at_work(machine(address, pulse=Pulse(beat=0.1, silent=0.3)), counter(Counter())):
                await until(lambda: well.execute(seen, [frozen.info.backend_pid]).fetchone() is None)
        await given.execute(text(writes))
    await source.aclose()
    await target.aclose()
