# SPDX-License-Identifier: AGPL-3.0-or-later
"""Watch feeds: look when it is time, learn, decide when to look again. One look is one transaction."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from sqlmodel.ext.asyncio.session import AsyncSession

from relay.faults import FeedFault, FeedThrottled, Invalid
from relay.feeds import holds, subscribe
from relay.feeds.agenda import appointment, on_watch
from relay.feeds.http.answers import Fetched, Memory
from relay.feeds.http.fetch import fetch
from relay.feeds.http.redirects import follow
from relay.feeds.learn import Answer, learn
from relay.feeds.parse.parser import Parser
from relay.feeds.schedule import first_gap, next_look, smoothed
from relay.i18n import say
from relay.outside import Outside
from relay.settings import Settings
from relay.store import due, locks, strike
from relay.store import feed as feeds
from relay.store.columns import saved
from relay.store.database import Store
from relay.store.feed import Feed
from relay.store.lanes import host, of_feed
from relay.terms import Document

SPACING = timedelta(seconds=1)  # between two looks at one host

Ring = Callable[[Iterable[str]], None]


class Watch:
    """Looks at feeds. ``answer`` plans the notices for what is new, in the look's own transaction."""

    def __init__(
        self, store: Store, outside: Outside, parser: Parser, answer: Answer, ring: Ring, settings: Settings
    ) -> None:
        self._store, self._outside, self._parser = store, outside, parser
        self._answer, self._ring, self._settings = answer, ring, settings
        self._rests: dict[str, datetime] = {}  # lane → no look at this host before

    async def drain(self, lane: str) -> datetime | None:
        """Look at the feed of this host that has waited longest, if one is due; returns when the lane is next."""
        now = self._outside.clock.now()
        async with self._store.read() as tx:
            waiting = await due.feeds(tx, lane, now)
        rest = self._rests.get(lane, now)
        if waiting and not now < rest <= now + SPACING:  # one further off is of a clock that ran ahead
            await self._look(waiting[0])
            rest = self._rests[lane] = now + SPACING
        async with self._store.read() as tx:
            following = await due.next_look(tx, lane)
        return following if following is None else max(following, rest)

    async def subscribe(self, newsroom: int, address: str) -> Feed:
        """Add a feed by its address or by that of a page that names it; what is in it now is silent.

        Raises Invalid or a FeedFault, and then nothing was changed.
        """
        found = await subscribe.find(self._outside, self._parser, address)
        fetched = found.fetched
        now = self._outside.clock.now()
        async with self._store.write() as tx:
            await locks.newsroom(newsroom, tx)
            row = await feeds.by_address(newsroom, tx, fetched.address)
            if row is not None and row.removed_at is None:
                raise Invalid(say("{address} is watched already: there is nothing to do.", address=fetched.address))
            if row is None:
                lane = of_feed(fetched.address)
                server = host(fetched.address)
                row = Feed(newsroom_id=newsroom, address=fetched.address, host=server, lane=lane, next_look_at=now)
            row.removed_at, row.baseline_at = None, None  # what was published while nobody looked stays silent
            tx.add(row)
            await tx.flush()
            await self._learn(tx, row, fetched, found.document, now)
        return row

    async def unsubscribe(self, newsroom: int, feed: int) -> Feed:
        """Watch a feed no more; what it brought stays known. Raises Invalid if there is no such feed."""
        async with self._store.write() as tx:
            await locks.feeds(newsroom, tx, feed)
            row = await feeds.find(newsroom, tx, feed)
            if row is None:
                raise Invalid(say("There is no feed {number} here: “piquet feed list” shows them.", number=feed))
            row.removed_at = self._outside.clock.now()
            tx.add(row)
        return row

    async def release(self, newsroom: int, hold: int) -> int:
        """Answer what was held after all; returns how many articles."""
        async with self._store.write() as tx:
            await locks.newsroom(newsroom, tx)
            count, lanes = await holds.release(newsroom, tx, hold, self._answer, self._outside.clock.now())
        self._ring(lanes)
        return count

    async def drop(self, newsroom: int, hold: int) -> int:
        """Never answer what was held; returns how many articles."""
        async with self._store.write() as tx:
            await locks.newsroom(newsroom, tx)
            return await holds.drop(newsroom, tx, hold, self._outside.clock.now())

    async def _look(self, feed: Feed) -> None:
        started = self._outside.clock.now()
        try:
            fetched = await fetch(self._outside, feed.address, Memory(feed.etag, feed.last_modified, feed.body_hash))
            document = None
            if not fetched.unchanged:
                document = await self._parser.parse(fetched.body, fetched.content_type, fetched.address)
        except (FeedFault, Invalid) as fault:
            await self._failed(feed, fault)
            return
        lanes: set[str] = set()
        async with self._store.write() as tx:
            if document is not None:
                await locks.newsroom(feed.newsroom_id, tx)
            await locks.feeds(feed.newsroom_id, tx, saved(feed.id))
            row = await feeds.find(feed.newsroom_id, tx, saved(feed.id))
            if row is not None:  # removed while we looked
                lanes = await self._learn(tx, row, fetched, document, started)
        self._ring(lanes)

    async def _learn(
        self, tx: AsyncSession, row: Feed, fetched: Fetched, document: Document | None, started: datetime
    ) -> set[str]:
        now = self._outside.clock.now()
        lanes: set[str] = set()
        if document is not None:
            first = row.baseline_at is None
            threshold = row.threshold or self._settings.flood_threshold
            learnt = await learn(tx, row, document, threshold, self._answer, now)
            lanes = learnt.lanes
            row.baseline_at = row.baseline_at or now
            row.title, row.ttl = document.title or row.title, document.ttl
            _keep_pace(row, document, learnt.new, now, first=first)
        row.etag, row.last_modified = fetched.memory.etag, fetched.memory.last_modified
        row.hint = max(fetched.fresh_for, row.ttl)  # a 304 may ask for another freshness than the 200 before it
        row.body_hash, row.looked_at = fetched.memory.body_hash, started
        row.failures, row.fault, row.retry_at = 0, "", None
        if not await feeds.by_address(row.newsroom_id, tx, fetched.moved_to):
            follow(row, fetched.moved_to, now)
        await self._appoint(tx, row, now)
        return lanes

    async def _failed(self, feed: Feed, fault: FeedFault | Invalid) -> None:
        now = self._outside.clock.now()
        async with self._store.write() as tx:
            await locks.feeds(feed.newsroom_id, tx, saved(feed.id))
            row = await feeds.find(feed.newsroom_id, tx, saved(feed.id))
            if row is None:
                return
            row.failures, row.fault = row.failures + 1, str(fault)
            row.retry_at = fault.until if isinstance(fault, FeedThrottled) else None
            await self._appoint(tx, row, now)

    async def _appoint(self, tx: AsyncSession, row: Feed, now: datetime) -> None:
        """Decide when to look again: as the feed goes, but never past an edge of a window."""
        windows = await strike.windows(row.newsroom_id, tx)
        moment = next_look(
            now,
            self._outside.rng,
            strike=on_watch(windows, now),
            gap=row.gap,
            hint=row.hint,
            failures=row.failures,
            retry_at=row.retry_at,
            floor=row.floor or self._settings.look_floor,
        )
        edge = appointment(windows, now)
        if edge is not None and (row.retry_at is None or edge >= row.retry_at):
            moment = min(moment, edge)
        row.next_look_at = moment
        tx.add(row)


def _keep_pace(row: Feed, document: Document, new: int, now: datetime, *, first: bool) -> None:
    if first:
        row.gap = first_gap(entry.published for entry in document.entries)
    elif new and row.newest_at is not None:
        row.gap = smoothed(row.gap, (now - row.newest_at).total_seconds(), new)
    if new or first:
        row.newest_at = now
