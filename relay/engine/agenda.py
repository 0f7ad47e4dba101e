# SPDX-License-Identifier: AGPL-3.0-or-later
"""What was rung and is not yet taken up: a moment a lane, kept in memory, since the ledger knows it all anyway."""

import asyncio
from collections.abc import Collection
from datetime import datetime

from relay.clock import Clock


class Agenda:
    """Which lane is to be drained when; of several wishes for one lane the earliest counts."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._due: dict[str, datetime] = {}
        self._bell = asyncio.Event()

    def ring(self, lane: str, at: datetime | None = None) -> None:
        """Enter the lane for now, or for ``at``."""
        moment = at or self._clock.now()
        if lane not in self._due or moment < self._due[lane]:
            self._due[lane] = moment
            self._bell.set()

    def wake(self) -> None:
        """End a wait: a lane may have become free."""
        self._bell.set()

    def take(self, busy: Collection[str] = ()) -> list[str]:
        """The lanes that are due, struck off; those that are ``busy`` stay."""
        now = self._clock.now()
        lanes = [lane for lane, due in self._due.items() if due <= now and lane not in busy]
        for lane in lanes:
            del self._due[lane]
        return lanes

    async def wait(self, busy: Collection[str] = ()) -> None:
        """Until the next lane that is not ``busy`` is due, or something is rung."""
        self._bell.clear()
        waiting = [due for lane, due in self._due.items() if lane not in busy]
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
