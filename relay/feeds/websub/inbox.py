# SPDX-License-Identifier: AGPL-3.0-or-later
"""Read what hubs pushed, as a look would have brought it: the same reader, the same transaction, and a look soon after.

A push is never all we know of a feed: whatever is wrong with one, it is dropped and the look brings the article.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Protocol

from sqlmodel.ext.asyncio.session import AsyncSession

from relay import log
from relay.faults import FeedFault, Invalid
from relay.feeds.websub import hint
from relay.outside import Outside
from relay.store import article, locks, pushes
from relay.store import feed as feeds
from relay.store.columns import saved
from relay.store.database import Store
from relay.store.feed import Feed
from relay.store.lanes import host
from relay.store.subscription import Push
from relay.terms import Document

A_TIME = 16  # pushes that are read before the looks of the ward have their turn again
LATE = timedelta(minutes=1)  # that a hub may be slower than we


class Learnt(Protocol):
    """What a document taught: how many articles were new, and the lanes that have work now."""

    @property
    def new(self) -> int: ...

    @property
    def lanes(self) -> set[str]: ...


Read = Callable[[Push, Feed], Awaitable[Document | None]]
"""The document in a push; None if every entry is known. Raises FeedFault."""
Learn = Callable[[AsyncSession, Feed, Document, datetime], Awaitable[Learnt]]
"""Learns a document in a transaction that holds newsroom and feed; the feed's own row is not to be changed by it."""


class _Doubtful(Exception):
    """What was pushed would be held for a person, or says that it is another feed: the feed itself knows better."""


class Inbox:
    """``read`` and ``learn`` are those of the looks."""

    def __init__(self, store: Store, outside: Outside, read: Read, learn: Learn) -> None:
        self._store, self._outside = store, outside
        self._read, self._learn = read, learn

    async def drain(self, lane: str) -> set[str]:
        """Read what waits for the feeds of this ward; returns the lanes to ring."""
        lanes: set[str] = set()
        for _ in range(A_TIME):
            async with self._store.read() as tx:
                waiting = await pushes.waiting(tx, lane, 1)
            if not waiting:
                break
            for push, feed in waiting:
                lanes |= await self._take(push, feed)
        return lanes

    async def _take(self, push: Push, feed: Feed) -> set[str]:
        """Nothing that goes wrong with a push may keep its ward from looking."""
        try:
            document = await self._read(push, feed)
            return await self._keep(push, feed, document)
        except (FeedFault, Invalid) as fault:
            log.info("push.unread", feed=feed.id, reason=type(fault).__name__)
        except _Doubtful:
            log.info("push.doubtful", feed=feed.id)
        except Exception as crash:
            log.error("push.failed", crash, feed=feed.id)
        await self._keep(push, feed, None, read=False)
        return set()

    async def _keep(self, push: Push, feed: Feed, document: Document | None, *, read: bool = True) -> set[str]:
        """Learn what it says, unless somebody else has; have the feed looked at in any case."""
        newsroom, number = feed.newsroom_id, saved(feed.id)
        async with self._store.write() as tx:
            if document is not None:
                await locks.newsroom(newsroom, tx)
            await locks.feeds(newsroom, tx, number)
            if not await pushes.done(tx, push):
                return set()
            row = await feeds.find(newsroom, tx, number)
            if row is None:
                return set()
            now = self._outside.clock.now()
            await pushes.pulled(tx, number, hint.look_at(row, now, self._outside.rng), now)
            learnt = await self._learnt(tx, row, document, now) if document is not None else None
            if read and not (learnt and learnt.new):
                await pushes.late(tx, number, now - LATE)
            return learnt.lanes if learnt else set()

    async def _learnt(self, tx: AsyncSession, feed: Feed, document: Document, now: datetime) -> Learnt | None:
        """What comes before the first look is not taken: it could not be told from what was there already."""
        if feed.baseline_at is None:
            return None
        if not _named(document, feed):
            raise _Doubtful
        before = {hold.id for hold in await article.holds(feed.newsroom_id, tx)}
        learnt = await self._learn(tx, feed, document, now)
        if {hold.id for hold in await article.holds(feed.newsroom_id, tx)} - before:
            raise _Doubtful
        return learnt


def _named(document: Document, feed: Feed) -> bool:
    """Whether a document may be the feed's: what calls itself a feed of another server is not learnt from a hub."""
    return not document.topic or host(document.topic) in (host(feed.topic), host(feed.address))
