# SPDX-License-Identifier: AGPL-3.0-or-later
"""One drain of a ward: take the feeds that are due, look at several at once, write down what came of it.

The ledger is the only memory of a feed. Looks that brought nothing new are written down together, twice a second;
whoever is due longest comes first, so that where there is more to do than can be done all wait alike.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime, timedelta

from relay.clock import stopwatch
from relay.faults import FeedFault, FeedThrottled, FeedUnreachable, Problem
from relay.feeds.line import Lines
from relay.feeds.look import Look, look
from relay.feeds.pace import Pace
from relay.feeds.parse.parser import Parser
from relay.feeds.remember import Times, changes, remarkable
from relay.i18n import say
from relay.outside import Outside
from relay.store import looks
from relay.store.database import Store
from relay.store.looks import Due

_log = logging.getLogger(__name__)

WIDTH = 256  # looks of one ward under way at once
HAND = 1024  # with those who wait for their host to have rested
PASS = 0.5  # seconds of real time between two searches for what has become due meanwhile
TICK = 0.05  # seconds of real time between two glances at the hosts that are resting
BREATH = 0.5  # seconds of the clock between the beginnings of two drains of a ward
STINT = 20.0  # seconds after which the ward is given back, so that another machine may take it
LULL = 1.0  # seconds that are waited for that; after them a look that hangs holds up the others no longer

Learn = Callable[[Look], Awaitable[None]]
"""Writes down a look that brought a document, in a transaction of its own."""


class Patrol:
    """Lives for one drain. ``stir`` it when something has been pushed."""

    def __init__(self, store: Store, outside: Outside, parser: Parser, pace: Pace, learn: Learn, floor: float) -> None:
        self._store, self._outside, self._parser = store, outside, parser
        self._pace, self._learn, self._floor = pace, learn, floor
        self._lines = Lines(pace, self._start)
        self._under_way = dict[int, asyncio.Task[None]]()
        self._done: list[Look] = []
        self._ended, self._stirred = 0, False
        self._next: datetime | None = None
        self._bell = asyncio.Event()

    def stir(self) -> None:
        """Look at once for what has been pushed."""
        self._stirred = True
        self._bell.set()

    async def drain(self, ward: str, pushed: Callable[[], Awaitable[None]] | None) -> datetime | None:
        """Look at what is due; returns when the ward next has work.

        ``pushed`` reads what hubs have pushed for the ward: first of all, and whenever it is stirred.
        """
        clock = self._outside.clock
        opened, stint = clock.now(), clock.steady() + STINT
        try:
            while True:
                self._stirred = False
                self._bell.clear()
                if pushed is not None:
                    await pushed()
                if clock.steady() > stint + LULL:
                    stint = clock.steady() + STINT
                if clock.steady() > stint:
                    self._lines.dissolve()
                else:
                    await self._begin(ward)
                if self._under_way:
                    await self._wait()
                    await self._write(ward)
                if not self._under_way and not self._stirred:
                    since = clock.now() if clock.steady() > stint else opened
                    return await self._following(ward, since + timedelta(seconds=max(self._lines.rest, BREATH)))
        finally:
            self._lines.dissolve()
            for task in self._under_way.values():
                task.cancel()
            await asyncio.gather(*self._under_way.values(), return_exceptions=True)

    async def _wait(self) -> None:
        """Until every look under way has ended, it is stirred, or it is time to search again."""
        until = stopwatch() + PASS
        while self._ended < len(self._under_way) and (left := until - stopwatch()) > 0:
            with suppress(TimeoutError):
                async with asyncio.timeout(min(left, TICK) if self._lines.ids else left):
                    await self._bell.wait()
                    return
            self._lines.move()

    async def _begin(self, ward: str) -> None:
        """Take the feeds that are due in hand: each is looked at as soon as its host has rested."""
        while (room := min(WIDTH - len(self._under_way), HAND - len(self._under_way) - len(self._lines.ids))) > 0:
            hand = self._under_way.keys() | self._lines.ids
            async with self._store.read() as tx:
                found = await looks.due(tx, ward, self._outside.clock.now(), room, hand, self._lines.full)
            for feed in found:
                self._lines.join(feed)
            if len(found) < room:
                break

    def _start(self, feed: Due) -> None:
        self._under_way[feed.id] = asyncio.create_task(self._look(feed))

    async def _look(self, feed: Due) -> None:
        try:
            seen = await look(self._outside, self._parser, feed)
            if remarkable(seen):
                await self._learn(seen)
            else:
                self._done.append(seen)
            if isinstance(seen.fault, FeedThrottled) and seen.fault.host_wide:
                self._lines.leave(feed.host)
        except Problem:
            raise
        except Exception:  # a bug of ours must cost this feed its look, and no other feed its own
            _log.exception("the look at feed %d failed", feed.id)
            self._done.append(Look(feed, self._outside.clock.now(), fault=_stumbled()))
        finally:
            self._pace.end(feed.host)
            self._ended += 1
            if self._ended == len(self._under_way):
                self._bell.set()

    async def _write(self, ward: str) -> None:
        """Write down together what was unremarkable, and see what is next. Raises what a look could not deal with."""
        ended = [number for number, task in self._under_way.items() if task.done()]
        tasks = [self._under_way.pop(number) for number in ended]
        self._ended, self._next = 0, None
        seen, self._done = self._done, []
        if seen:
            async with self._store.write() as tx:
                windows, now = await looks.windows(tx), self._outside.clock.now()
                noted = []
                for each in seen:
                    times = Times(windows.get(each.feed.newsroom_id, ()), now, self._floor)
                    noted.append((each.feed, changes(each, times, self._outside.rng)))
                await looks.note(tx, noted, now)
                for each in seen:
                    if isinstance(each.fault, FeedThrottled) and each.fault.host_wide:
                        await looks.rest(tx, each.feed.host, each.fault.until)
                if not self._under_way:
                    self._next = await looks.following(tx, ward)
        for task in tasks:
            task.result()

    async def _following(self, ward: str, soon: datetime) -> datetime | None:
        """Not before ``soon``, however much is due: a few looks together cost little more than one."""
        if self._next is None:
            async with self._store.read() as tx:
                self._next = await looks.following(tx, ward)
        return self._next and max(self._next, soon)


def _stumbled() -> FeedFault:
    return FeedUnreachable(say("Piquet stumbled over this feed; the log says how. It is looked at again later."))
