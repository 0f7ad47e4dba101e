# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a look brought is learnt in one transaction: articles, the notices they cause, and all that the feed's own row
remembers. What a hub pushed is learnt in the same way.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from relay.feeds.http.answers import Memory
from relay.feeds.http.redirects import follow, refuge
from relay.feeds.learn import Answer, Learnt, learn
from relay.feeds.look import Look
from relay.feeds.remember import Times, changes
from relay.feeds.schedule import first_gap, lies, smoothed
from relay.outside import Outside
from relay.settings import Settings
from relay.store import feed as feeds
from relay.store import locks, looks, pushes, strike
from relay.store.columns import saved
from relay.store.database import Store
from relay.store.feed import Feed
from relay.terms import Document

ABREAST = 3  # looks learnt at once; the other connections to the ledger are for those who have to speak

Ring = Callable[[Iterable[str]], None]


class Intake:
    """``answer`` plans the notices for what is new; ``ring`` has the lanes drained that then have work."""

    def __init__(self, store: Store, outside: Outside, answer: Answer, ring: Ring, settings: Settings) -> None:
        self._store, self._outside, self._settings = store, outside, settings
        self._answer, self._ring = answer, ring
        self._newsrooms, self._abreast = defaultdict[int, asyncio.Lock](asyncio.Lock), asyncio.Semaphore(ABREAST)

    async def take(self, look: Look) -> None:
        """Learn what a look brought, unless the feed was removed meanwhile.

        One look of a newsroom at a time, which no connection to the ledger need wait for.
        """
        newsroom, number, lanes = look.feed.newsroom_id, look.feed.id, set[str]()
        async with self._newsrooms[newsroom], self._abreast, self._store.write() as tx:
            await locks.newsroom(newsroom, tx)
            await locks.feeds(newsroom, tx, number)
            row = await feeds.find(newsroom, tx, number)
            if row is not None:
                lanes = await self.keep(tx, row, look)
        self._ring(lanes)

    async def keep(self, tx: AsyncSession, row: Feed, look: Look) -> set[str]:
        """The same in a transaction of the caller's, who has locked newsroom and feed; returns the lanes to ring."""
        now, learnt = self._outside.clock.now(), None
        if look.reading is not None and look.reading.document is not None:
            learnt = await self._read(tx, row, look, look.reading.document, now)
        await _move(tx, row, look, now, familiar=learnt is None or learnt.known > 0)
        times = Times(await strike.windows(row.newsroom_id, tx), now, self._settings.look_floor)
        told = changes(replace(look, feed=looks.known(row, look.feed.crowd)), times, self._outside.rng)
        told["next_look_at"] = looks.still(row.next_look_at, look.feed, told["next_look_at"], now)
        if row.retry_at != look.feed.retry_at:
            told.pop("retry_at", None)  # another feed's look has said meanwhile how long the host wants to rest
        for name, value in told.items():
            setattr(row, name, value)
        tx.add(row)
        return learnt.lanes if learnt else set()

    async def learn(self, tx: AsyncSession, row: Feed, document: Document, now: datetime) -> Learnt:
        """Learn a document, whoever brought it, and leave the feed's own row as it is."""
        return await learn(tx, row, document, row.threshold or self._settings.flood_threshold, self._answer, now)

    async def _read(self, tx: AsyncSession, row: Feed, look: Look, document: Document, now: datetime) -> Learnt:
        first = row.baseline_at is None
        learnt = await self.learn(tx, row, document, now)
        if first:
            row.baseline_at = now
        elif learnt.new:
            await pushes.missed(tx, saved(row.id), learnt.new, row.looked_at, now)
            _suspect(row, look, learnt, now)
        row.title, row.ttl = document.title or row.title, document.ttl
        row.hub, row.topic = document.hub, document.topic
        _keep_pace(row, document, learnt.new, now, first=first)
        return learnt


async def _move(tx: AsyncSession, row: Feed, look: Look, now: datetime, *, familiar: bool) -> None:
    """Note where the feed says it is now, unless another feed of the newsroom is there already."""
    there = look.fetched.moved_to if look.fetched else ""
    if look.fault is not None:
        haven = refuge(row.moved_to, look.fault)
        if haven and not await feeds.by_address(row.newsroom_id, tx, row.moved_to):
            row.sqlmodel_update(haven)
    elif not await feeds.by_address(row.newsroom_id, tx, there):
        follow(row, there, now, familiar=familiar)


def _suspect(row: Feed, look: Look, learnt: Learnt, now: datetime) -> None:
    """A look without a condition that brings what conditional ones had denied gives the server away."""
    fetched = look.fetched
    if fetched is None or not fetched.whole or row.looked_at is None or row.distrusted_at is not None:
        return
    if lies(Memory(row.etag, row.last_modified), fetched.memory, learnt.dates, row.looked_at):
        row.distrusted_at = now


def _keep_pace(row: Feed, document: Document, new: int, now: datetime, *, first: bool) -> None:
    if first:
        row.gap = first_gap(entry.published for entry in document.entries)
    elif new and row.newest_at is not None:
        row.gap = smoothed(row.gap, (now - row.newest_at).total_seconds(), new)
    if new or first:
        row.newest_at = now
