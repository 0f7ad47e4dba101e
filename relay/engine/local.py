# SPDX-License-Identifier: AGPL-3.0-or-later
"""The engine for one machine: asyncio tasks in one process. Durable, because the ledger is; a ring carries no state."""

import asyncio
import logging
from collections.abc import Iterable
from datetime import datetime

from relay.clock import Clock
from relay.engine.agenda import Agenda
from relay.engine.port import RETRY, Drain, Sweep
from relay.faults import Problem

_log = logging.getLogger(__name__)


class Local:
    """Drains each lane when it is due, never one lane twice at once. ``sweep`` finds what no ring told of."""

    def __init__(self, clock: Clock, sweep: Sweep, every: float = 5.0) -> None:
        self._clock, self._sweep, self._every = clock, sweep, every
        self._agenda = Agenda(clock)
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def ring(self, lane: str, at: datetime | None = None) -> None:
        """Have the lane drained now, or at ``at`` if nothing asks for it earlier."""
        self._agenda.ring(lane, at)

    def ring_all(self, lanes: Iterable[str]) -> None:
        """Ring several lanes now."""
        for lane in sorted(lanes):  # the same in every run
            self.ring(lane)

    async def run(self, drain: Drain) -> None:
        """Work until cancelled; each drain under way is cancelled too, and finishes what it must before it ends."""
        sweeper = asyncio.create_task(self._sweeping())
        try:
            while True:
                for lane in self._agenda.take(busy=self._tasks):
                    self._tasks[lane] = asyncio.create_task(self._drain(lane, drain))
                await self._agenda.wait(busy=self._tasks)
        finally:
            tasks = [sweeper, *self._tasks.values()]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def aclose(self) -> None:
        """Nothing is held, and nobody else is there to hear a ring."""

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
            self._agenda.wake()
        if again is not None:
            self.ring(lane, again)

    async def _sweeping(self) -> None:
        while True:
            try:
                for lane, due in (await self._sweep()).items():
                    self.ring(lane, due)
            except Exception:
                _log.exception("the sweep failed; it is tried again")
            await self._clock.sleep(self._every)
