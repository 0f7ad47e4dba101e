# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a look brought is learnt in one transaction: articles, the notices they cause, and all that the feed's own row
remembers.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from relay.feeds.http.redirects import follow
from relay.feeds.learn import Answer, learn
from relay.feeds.look import Look
from relay.feeds.remember import Times, changes
from relay.feeds.schedule import first_gap, smoothed
from relay.outside import Outside
from relay.settings import Settings
from relay.store import feed as feeds
from relay.store import locks, looks, strike
from relay.store.database import Store
from relay.store.feed import Feed
from relay.terms import Document

Ring = Callable[[Iterable[str]], None]


class Intake:
    """``answer`` plans the notices for what is new; ``ring`` has the lanes drained that then have work."""

    def __init__(self, store: Store, outside: Outside, answer: Answer, ring: Ring, settings: Settings) -> None:
        self._store, self._outside, self._settings = store, outside, settings
        self._answer, self._ring = answer, ring

    async def take(self, look: Look) -> None:
        """Learn what a look brought, unless the feed was removed meanwhile."""
        newsroom, number, lanes = look.feed.newsroom_id, look.feed.id, set[str]()
        async with self._store.write() as tx:
            await locks.newsroom(newsroom, tx)
            await locks.feeds(newsroom, tx, number)
            row = await feeds.find(newsroom, tx, number)
            if row is not None:
                lanes = await self.learn(tx, row, look)
        self._ring(lanes)

    async def learn(self, tx: AsyncSession, row: Feed, look: Look) -> set[str]:
        """The same in a transaction of the caller's, who has locked newsroom and feed; returns the lanes to ring."""
        now, lanes = self._outside.clock.now(), set[str]()
        document = look.reading.document if look.reading else None
        if document is not None:
            lanes = await self._learn(tx, row, document, now)
        moved_to = look.fetched.moved_to if look.fetched else ""
        if not await feeds.by_address(row.newsroom_id, tx, moved_to):
            follow(row, moved_to, now)
        times = Times(await strike.windows(row.newsroom_id, tx), now, self._settings.look_floor)
        known = replace(look, feed=looks.known(row, look.feed.crowd))
        for name, value in changes(known, times, self._outside.rng).items():
            setattr(row, name, value)
        tx.add(row)
        return lanes

    async def _learn(self, tx: AsyncSession, row: Feed, document: Document, now: datetime) -> set[str]:
        first = row.baseline_at is None
        threshold = row.threshold or self._settings.flood_threshold
        learnt = await learn(tx, row, document, threshold, self._answer, now)
        row.baseline_at = row.baseline_at or now
        row.title, row.ttl = document.title or row.title, document.ttl
        row.hub, row.topic = document.hub, document.topic
        _keep_pace(row, document, learnt.new, now, first=first)
        return learnt.lanes


def _keep_pace(row: Feed, document: Document, new: int, now: datetime, *, first: bool) -> None:
    if first:
        row.gap = first_gap(entry.published for entry in document.entries)
    elif new and row.newest_at is not None:
        row.gap = smoothed(row.gap, (now - row.newest_at).total_seconds(), new)
    if new or first:
        row.newest_at = now
