# SPDX-License-Identifier: AGPL-3.0-or-later
"""Hold the relay while the machine's clock cannot be trusted: nothing is looked at, opened, closed or said.

The rules are those of ``wallclock``; here the latest time seen is kept in the database, so that it outlives a process.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlmodel.ext.asyncio.session import AsyncSession

from relay import log
from relay.clock import Clock
from relay.deliveries.retry import LONGEST_THROTTLE, LONGEST_WAIT
from relay.deliveries.wallclock import Reading, Sense, first, judge
from relay.faults import Unusable
from relay.feeds.learn import Answer
from relay.i18n import say
from relay.store import instance
from relay.store.article import Article
from relay.store.database import Store

KEEP = 15.0  # seconds between two writings of the mark; well below what a step is
PAUSE = timedelta(seconds=5)  # until a lane that was held is tried again


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
        self._learn(judge(self._sense, self._reading()))
        return self._sense.held

    async def keep(self) -> bool:
        """Whether to hold. Keeps the mark, and hears of it when a person trusts the clock."""
        async with self._turn:
            if self._due():
                async with self._store.write() as tx:
                    kept = await self._keep(tx)
                self._kept = (kept.mark, self._clock.steady())
                if kept.mended and self._sense is not None:
                    self._sense = replace(self._sense, strayed=False)  # what it put off is due again
        return self.held()

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
        if self._kept is None or self._sense is None or self.held() or self._sense.mended:
            return True
        return self._clock.steady() - self._kept[1] >= KEEP

    async def _keep(self, tx: AsyncSession) -> Sense:
        here = self._reading()
        row = await instance.get(tx, here.wall)
        if self._sense is None or self._kept is None:
            sense = first(row.seen_at, here, strayed=row.stepped_at is not None)
        else:
            trusted = row.seen_at < self._kept[0]  # a person has lowered the mark
            mark = row.seen_at if trusted else max(row.seen_at, self._sense.mark)
            sense = judge(replace(self._sense, mark=mark), here)
        self._learn(sense)
        if sense.mended:
            await _draw_near(tx, here.wall)
        row.seen_at = sense.mark
        row.stepped_at = (row.stepped_at or here.wall) if sense.strayed and not sense.mended else None
        row.turned_at = row.turned_at if sense.held else here.wall
        tx.add(row)
        return sense

    def _learn(self, sense: Sense) -> None:
        """Tell of what changed, once."""
        before, self._sense = self._sense, sense
        if sense.stepped and not (before and before.stepped):
            log.warning("clock.stepped", seconds=round(sense.stepped.total_seconds()))
        if sense.held and not (before and before.held):
            log.warning("clock.held", until=sense.mark.isoformat())
        elif before and before.held and not sense.held:
            log.info("clock.released")


async def trust(tx: AsyncSession, now: datetime) -> None:
    """A person says that the clock is right: what it showed before was wrong, and what it shows now is the latest."""
    row = await instance.get(tx, now)
    row.seen_at, row.stepped_at = now, None
    tx.add(row)
    await _draw_near(tx, now)


async def _draw_near(tx: AsyncSession, now: datetime) -> None:
    await instance.draw_near(tx, now, now + timedelta(seconds=LONGEST_WAIT), now + LONGEST_THROTTLE)
