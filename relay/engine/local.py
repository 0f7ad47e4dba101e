# SPDX-License-Identifier: AGPL-3.0-or-later
"""The engine for one machine: asyncio tasks in one process. Durable, because the ledger is; a ring carries no state."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime, timedelta

from relay.clock import Clock
from relay.faults import Problem

Drain = Callable[[str], Awaitable[datetime | None]]
Sweep = Callable[[], Awaitable[dict[str, datetime]]]

_log = logging.getLogger(__name__)
RETRY = timedelta(seconds=5)  # after a drain that failed: disk full, database busy


class Local:
    """Drains each lane when it is due, never one lane twice at once. ``sweep`` finds what no ring told of."""

    def __init__(self, clock: Clock, sweep: Sweep, every: float = 5.0) -> None:
        self._clock, self._sweep, self._every = clock, sweep, every
        self._due: dict[str, datetime] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._bell = asyncio.Event()

    def ring(self, lane: str, at: datetime | None = None) -> None:
        """Have the lane drained now, or at ``at`` if nothing asks for it earlier."""
        moment = at or self._clock.now()
        if lane not in self._due or moment < self._due[lane]:
            self._due[lane] = moment
            self._bell.set()

    def ring_all(self, lanes: Iterable[str]) -> None:
        """Ring several lanes now."""
        for lane in lanes:
            self.ring(lane)

    async def run(self, drain: Drain) -> None:
        """Work until cancelled; each drain under way is cancelled too, and finishes what it must before it ends."""
        sweeper = asyncio.create_task(self._sweeping())
        try:
            while True:
                self._begin(drain)
                await self._wait()
        finally:
            tasks = [sweeper, *self._tasks.values()]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def _begin(self, drain: Drain) -> None:
        now = self._clock.now()
        for lane in [lane for lane, due in self._due.items() if due <= now and lane not in self._tasks]:
            del self._due[lane]
            self._tasks[lane] = asyncio.create_task(self._drain(lane, drain))

    async def _drain(self, lane: str, drain: Drain) -> None:
        again: datetime | None = self._clock.now() + RETRY
        try:
            again = await drain(lane)
        except Problem as problem:
            _log.error("%s: %s", lane, problem)
        except Exception:
            _log.exception("lane %s failed; it is tried again", lane)
        finally:
            del self._tasks[lane]
            self._bell.set()
        if again is not None:
            self.ring(lane, again)

    async def _wait(self) -> None:
        """Until the next lane is due or a bell rings."""
        self._bell.clear()
        waiting = [due for lane, due in self._due.items() if lane not in self._tasks]
        bell = asyncio.create_task(self._bell.wait())
        if not waiting:
            await bell
            return
        timer = asyncio.ensure_future(self._clock.sleep((min(waiting) - self._clock.now()).total_seconds()))
        try:
            await asyncio.wait({bell, timer}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            bell.cancel()
            timer.cancel()

    async def _sweeping(self) -> None:
        while True:
            try:
                for lane, due in (await self._sweep()).items():
                    self.ring(lane, due)
            except Exception:
                _log.exception("the sweep failed; it is tried again")
            await self._clock.sleep(self._every)
