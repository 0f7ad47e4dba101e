# SPDX-License-Identifier: AGPL-3.0-or-later
"""Hold the relay while the machine's clock cannot be trusted: nothing is looked at, opened, closed or said.

The rules are those of ``wallclock``; here the latest time seen is kept in the database, so that it outlives a process.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta

from sqlmodel.ext.asyncio.session import AsyncSession

from relay import log
from relay.clock import Clock
from relay.deliveries.wallclock import Reading, Sense, first, judge
from relay.faults import Unusable
from relay.i18n import say
from relay.store import instance
from relay.store.article import Article
from relay.store.database import Store

KEEP = 15.0  # seconds between two writings of the mark; well below what a step is
PAUSE = timedelta(seconds=5)  # until a lane that was held is tried again

Answer = Callable[[AsyncSession, int, Sequence[Article], datetime | None, datetime], Awaitable[set[str]]]
Drain = Callable[[str], Awaitable[datetime | None]]


class Timekeeper:
    """Reads the clock for the whole process."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store, self._clock = store, clock
        self._sense: Sense | None = None
        self._kept: tuple[datetime, float] | None = None  # the mark in the database, and when that was
        self._turn = asyncio.Lock()

    def held(self) -> bool:
        """Whether to hold, by what this process knows; costs nothing. False before the first ``keep``."""
        if self._sense is None:
            return False
        here = self._reading()
        self._learn(judge(self._sense, here), here)
        return self._sense.held

    async def keep(self) -> bool:
        """Whether to hold. Keeps the mark, and hears of it when a person trusts the clock."""
        async with self._turn:
            if self._due():
                async with self._store.write() as tx:
                    await self._keep(tx)
        return self.held()

    def gated(self, drain: Drain) -> Drain:
        """``drain``, but nothing is drained while the clock is held."""

        async def gate(lane: str) -> datetime | None:
            return self._clock.now() + PAUSE if await self.keep() else await drain(lane)

        return gate

    def vouched(self, answer: Answer) -> Answer:
        """``answer``, but a look that was under way when the clock was set back is undone: it is made again later."""

        async def vouch(
            tx: AsyncSession, newsroom: int, articles: Sequence[Article], looked_at: datetime | None, now: datetime
        ) -> set[str]:
            if self.held():
                raise Unusable(say("This machine’s clock was set back: “piquet clock” says what to do."))
            return await answer(tx, newsroom, articles, looked_at, now)

        return vouch

    def _reading(self) -> Reading:
        return Reading(self._clock.now(), self._clock.steady())

    def _due(self) -> bool:
        return self._kept is None or self.held() or self._clock.steady() - self._kept[1] >= KEEP

    async def _keep(self, tx: AsyncSession) -> None:
        here = self._reading()
        row = await instance.get(tx, here.wall)
        if self._sense is None or self._kept is None:
            sense = first(row.seen_at, here)
        else:
            trusted = row.seen_at < self._kept[0]  # a person has lowered the mark
            mark = row.seen_at if trusted else max(row.seen_at, self._sense.mark)
            sense = judge(Sense(mark, self._sense.sound, self._sense.trial), here)
        self._learn(sense, here)
        row.seen_at, row.turned_at = sense.mark, here.wall
        if sense.trial is None:
            row.stepped_at = None
        elif self._kept is not None and row.stepped_at is None:
            row.stepped_at = here.wall
        tx.add(row)
        self._kept = (sense.mark, here.steady)

    def _learn(self, sense: Sense, here: Reading) -> None:
        """Tell of what changed, once."""
        before, self._sense = self._sense, sense
        if sense.held and not (before and before.held):
            log.warning("clock.held", until=sense.mark.isoformat())
        elif before and before.held and not sense.held:
            log.info("clock.released")
        if before and sense.trial and sense.trial != before.trial:
            log.warning("clock.stepped", seconds=round(sense.trial.ahead.total_seconds()))
