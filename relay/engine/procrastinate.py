# SPDX-License-Identifier: AGPL-3.0-or-later
"""The engine for many machines: Procrastinate's queue on PostgreSQL decides which of them drains a lane.

Its tables and locks are used, its worker is not: where finishing a job fails, that lane would stay locked for good; its
heartbeat ends while drains still finish; a ring that comes during a fetch waits for the next poll. Here a worker is
short: whatever goes wrong between it and PostgreSQL ends it, its drains stop, and a new one begins.

What a dead or frozen worker held is finished by the sweep of another and rung anew. It is never retried, since a ring
may wait already (https://github.com/procrastinate-org/procrastinate/issues/1543). The ledger fences whoever wakes up.
"""

import asyncio
import logging
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Job

from relay.clock import Clock, heed_cancellation
from relay.engine.agenda import Agenda
from relay.engine.port import RETRY, Drain, Sweep
from relay.engine.rings import Rings
from relay.faults import Problem

_log = logging.getLogger(__name__)

LANES = 200  # drained at once by one worker; the rest is for the others
YIELD = 0.002  # seconds for each lane in hand that a worker leaves to others before it takes one more
PAUSE = 1.0  # seconds before a new worker begins after one that failed


@dataclass(frozen=True)
class Pulse:
    """Seconds: ``beat`` between two heartbeats of a worker, ``stalled`` without one until its lanes go to others,
    ``silent`` within a transaction until it is undone.
    """

    beat: float = 2.0
    stalled: float = 8.0
    silent: float = 5.0


class Overslept(Exception):
    """This process stood still for so long that others have taken its lanes."""


class Procrastinate:
    """One of many workers on the PostgreSQL at ``address``. ``sweep`` finds what no ring told of.

    A ring for later is kept in this process and put when its time has come, to the millisecond; should the process be
    gone by then, the sweep of another finds the lane due.
    """

    def __init__(self, address: str, clock: Clock, sweep: Sweep, every: float = 5.0, pulse: Pulse = Pulse()) -> None:
        self._clock, self._sweep, self._every, self._pulse = clock, sweep, every, pulse
        self._rings = Rings(address)
        self._agenda = Agenda(clock)
        self._ringer: asyncio.Task[None] | None = None
        self._turn = asyncio.Lock()
        self._bell = asyncio.Event()
        self._lanes: set[str] = set()
        self._alone = True

    def ring(self, lane: str, at: datetime | None = None) -> None:
        """Have the lane drained by some machine now, or at ``at``. Works without ``run``; needs a running loop."""
        self._agenda.ring(lane, at)
        if self._ringer is None:
            self._ringer = asyncio.create_task(self._ringing())

    def ring_all(self, lanes: Iterable[str]) -> None:
        """Ring several lanes now, all with one statement."""
        for lane in lanes:
            self.ring(lane)

    async def run(self, drain: Drain) -> None:
        """Work until cancelled, through every outage of PostgreSQL.

        Raises Unusable if PostgreSQL does not let us make our tables.
        """
        while True:
            try:
                await self._rings.open()
                await self._work(drain)
            except Problem:
                raise
            except Exception as trouble:
                heed_cancellation()  # a task group that fails while it is being cancelled tells of its failure only
                _log.warning("the engine begins anew: %r", _first(trouble))
            await self._rings.shut()
            await self._clock.sleep(PAUSE)

    async def aclose(self) -> None:
        """Pass on what was rung a moment ago, and give back connections."""
        if self._ringer is not None:
            await self._pass_on()
            self._ringer.cancel()
            await asyncio.gather(self._ringer, return_exceptions=True)
        await self._rings.shut()

    async def _work(self, drain: Drain) -> None:
        """One worker's life; its heart beats until its last drain has finished what it must."""
        me = await self._rings.jobs.register_worker()
        async with asyncio.TaskGroup() as life:
            beating = life.create_task(self._beating(me))
            try:
                async with asyncio.TaskGroup() as group:
                    group.create_task(self._rings.listen(self._bell.set))
                    group.create_task(self._sweeping())
                    await self._fetching(me, group, drain)
            finally:
                beating.cancel()
                with suppress(Exception):  # then it is found stalled
                    await self._rings.jobs.unregister_worker(me)

    async def _beating(self, me: int) -> None:
        while True:
            heed_cancellation()
            began = self._clock.steady()
            await self._rings.jobs.update_heartbeat(me)
            await self._rescue()
            self._alone = await self._rings.machines() < 2
            self._bell.set()  # and look for rings whose word was lost
            await self._clock.sleep(self._pulse.beat)
            if self._clock.steady() - began > self._pulse.stalled:
                raise Overslept

    async def _fetching(self, me: int, group: asyncio.TaskGroup, drain: Drain) -> None:
        while True:
            heed_cancellation()
            self._bell.clear()
            ring = await self._rings.take(me) if len(self._lanes) < LANES else None
            if ring is None:
                heed_cancellation()
                await self._bell.wait()
            else:
                self._lanes.add(str(ring.lock))
                group.create_task(self._drain(str(ring.lock), ring, drain))
                await self._clock.sleep(0 if self._alone else YIELD * len(self._lanes))

    async def _drain(self, lane: str, ring: Job, drain: Drain) -> None:
        again: datetime | None = self._clock.now() + RETRY
        try:
            again = await drain(lane)
        except asyncio.CancelledError:
            again = self._clock.now()  # another machine may go on here at once
            raise
        except Problem as problem:
            _log.error("%s: %s", lane, problem)
        except Exception:
            _log.exception("lane %s failed; it is tried again", lane)
        finally:
            self._lanes.discard(lane)
            if again is not None:
                self.ring(lane, again)
            await self._rings.done(ring)
            self._bell.set()

    async def _sweeping(self) -> None:
        while True:
            try:
                now = self._clock.now()
                self.ring_all(lane for lane, due in (await self._sweep()).items() if due <= now)
            except Exception:
                _log.exception("the sweep failed; it is tried again")
            await self._clock.sleep(self._every)

    async def _rescue(self) -> None:
        """Take what they hold from workers that stand still: locks, then lanes."""
        await self._rings.undo(self._pulse.silent)
        for ring in await self._rings.stalled(self._pulse.stalled):
            with suppress(ConnectorException):  # another machine was faster
                await self._rings.done(ring)
            self.ring(str(ring.lock))
        await self._rings.jobs.prune_stalled_workers(self._pulse.stalled)

    async def _ringing(self) -> None:
        while True:
            heed_cancellation()
            await self._pass_on()
            await self._agenda.wait()

    async def _pass_on(self) -> None:
        async with self._turn:
            lanes = self._agenda.take()
            try:
                if lanes:
                    await self._rings.open()
                    await self._rings.put(lanes)
                    self._bell.set()  # our own word comes sooner than PostgreSQL's
            except Exception as trouble:
                _log.warning("%d rings were lost; the sweep finds their lanes: %r", len(lanes), trouble)


def _first(trouble: BaseException) -> BaseException:
    return _first(trouble.exceptions[0]) if isinstance(trouble, BaseExceptionGroup) else trouble
