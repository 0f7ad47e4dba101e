# SPDX-License-Identifier: AGPL-3.0-or-later
"""Watch feeds: the house's door to this room. Look at those that are due; add and remove; settle what was held."""

from collections.abc import Iterable
from datetime import datetime
from functools import partial

from relay.faults import Invalid
from relay.feeds import holds, subscribe
from relay.feeds.intake import Intake, Ring
from relay.feeds.learn import Answer
from relay.feeds.look import Look, read
from relay.feeds.pace import Pace
from relay.feeds.parse.parser import Parser
from relay.feeds.patrol import Patrol
from relay.feeds.websub.inbox import Inbox
from relay.i18n import say
from relay.outside import Outside
from relay.settings import Settings
from relay.store import feed as feeds
from relay.store import locks, looks
from relay.store.database import Store
from relay.store.feed import Feed
from relay.store.lanes import host, of_feed
from relay.store.subscription import Push
from relay.terms import Document, Reading


class Watch:
    """Looks at feeds. ``answer`` plans the notices for what is new, in the look's own transaction."""

    def __init__(
        self, store: Store, outside: Outside, parser: Parser, answer: Answer, ring: Ring, settings: Settings
    ) -> None:
        self._store, self._outside, self._parser = store, outside, parser
        self._answer, self._ring, self._settings = answer, ring, settings
        self._intake = Intake(store, outside, answer, ring, settings)
        self._inbox = Inbox(store, outside, self._read, self._intake.learn)
        self._pace = Pace(outside.clock)
        self._patrols = dict[str, Patrol]()

    async def drain(self, lane: str) -> datetime | None:
        """Look at the feeds of a ward that are due; returns when the ward next has work."""
        here = Patrol(
            self._store, self._outside, self._parser, self._pace, self._intake.take, self._settings.look_floor
        )
        self._patrols[lane] = here
        return await here.drain(lane, partial(self._pushed, lane) if self._settings.public_address else None)

    def stir(self, lanes: Iterable[str]) -> None:
        """Have drains of these wards that are under way look at once for what was pushed."""
        for lane in lanes:
            if lane in self._patrols:
                self._patrols[lane].stir()

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
            if row is not None and row.removed_at is None and row.off_at is None:
                raise Invalid(say("{address} is watched already: there is nothing to do.", address=fetched.address))
            if row is None:
                server, lane = host(fetched.address), of_feed(fetched.address)
                row = Feed(newsroom_id=newsroom, address=fetched.address, host=server, lane=lane, next_look_at=now)
            row.removed_at = row.off_at = None
            row.baseline_at = None  # what was published while nobody looked stays silent
            tx.add(row)
            await tx.flush()
            first = Look(looks.known(row), now, fetched, Reading(found.document))
            await self._intake.keep(tx, row, first)
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

    async def _pushed(self, lane: str) -> None:
        self._ring(await self._inbox.drain(lane))

    async def _read(self, push: Push, feed: Feed) -> Document | None:
        return (await read(self._parser, feed, push.body, push.content_type, feed.address)).document
