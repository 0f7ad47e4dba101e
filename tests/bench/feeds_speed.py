# SPDX-License-Identifier: AGPL-3.0-or-later
"""Looks a CPU second, everything included, against a bare aiohttp loop that asks the same addresses and keeps nothing.

Rounds alternate in one process, on the same connections; the farm answers from another. Each feed has a host of its
own, so that politeness holds nothing up: only the drains' own work is measured.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from statistics import median
from time import process_time

import aiohttp
import feedparser
from farm_process import FarmProcess
from feeds_ready import Watched, watched
from sqlmodel import col, func, select, update

from relay.clock import RealClock
from relay.feeds.parse.glance import glance
from relay.feeds.parse.prints import with_text
from relay.store.feed import Feed

ABREAST = 128  # requests of the bare loop under way at once
RESTED = 1.1  # seconds after which every host may be asked again

Seen = Callable[[str, aiohttp.ClientResponse, bytes], None]


@dataclass(frozen=True)
class Costs:
    """CPU seconds a look of each round: ours, and the loop's beside it."""

    ours: list[float]
    loop: list[float]

    @property
    def share(self) -> float:
        """The loop's cost over ours, round by round, in the middle: how much of its rate we reach."""
        return median(loop / ours for ours, loop in zip(self.ours, self.loop, strict=True))

    @property
    def rate(self) -> float:
        """Looks a second that a core would do which nobody else is using."""
        return 1 / median(self.ours)

    @property
    def loops_rate(self) -> float:
        """Requests of the loop beside it, likewise."""
        return 1 / median(self.loop)


async def unchanged(feeds: int = 2000, rounds: int = 5) -> Costs:
    """Feeds that answer 304, against a loop that asks for them in the same words."""
    async with _ready(feeds) as here:
        tags = dict[str, dict[str, str]]()
        async with here.house.store.read() as tx:
            for address, etag, modified in await tx.exec(select(Feed.address, Feed.etag, Feed.last_modified)):
                tags[address] = {"If-None-Match": etag, "If-Modified-Since": modified}
        costs = await _rounds(here, rounds, lambda: _bare(here, here.addresses(), tags))
        assert here.farm.ask("stats")["whole"] == 0, "a feed did not answer 304"
    return costs


async def nothing_new(feeds: int = 600, rounds: int = 3, few: int = 30) -> Costs:
    """Documents of 20 kB with 20 items, built anew with nothing new, against feedparser called where they arrive."""
    async with _ready(feeds) as here:
        await _read(here)
        order = list(range(feeds))

        async def inline() -> int:
            sample = here.addresses()[:few]
            return await _bare(
                here, sample, {}, lambda _, answer, body: _by_feedparser(body, answer.headers["Content-Type"])
            )

        costs = await _rounds(here, rounds, inline, lambda: here.farm.ask("touch", feeds=order))
        async with here.house.store.read() as tx:
            assert (await tx.exec(select(func.sum(Feed.failures)))).one() == 0, "a look failed"
    return costs


@asynccontextmanager
async def _ready(feeds: int) -> AsyncIterator[Watched]:
    with FarmProcess(feeds=feeds, per_host=1) as farm:
        async with watched(farm, feeds) as here:
            yield here


async def gate(few: int = 60) -> Costs:
    """The same documents read entry by entry at a glance, as where some were edited; reading alone."""
    bodies = list[tuple[bytes, str]]()
    async with _ready(few) as here:
        keep: Seen = lambda _, answer, body: bodies.append((body, answer.headers["Content-Type"]))  # noqa: E731
        await _bare(here, here.addresses(), {}, keep)
    costs = Costs([], [])
    for _ in range(3):
        for spent, read in ((costs.ours, glance), (costs.loop, _by_feedparser)):
            began = process_time()
            for body, kind in bodies:
                read(body, kind)
            spent.append((process_time() - began) / few)
    return costs


def _by_feedparser(body: bytes, kind: str) -> None:
    feedparser.parse(body, response_headers={"content-type": kind})


async def _read(here: Watched) -> None:
    """Have every feed known by its prints, as if it had been read."""
    found = dict[str, bytes]()

    def keep(address: str, answer: aiohttp.ClientResponse, body: bytes) -> None:
        kind = answer.headers["Content-Type"]
        found[address] = with_text(glance(body, kind), body, kind)

    await _bare(here, here.addresses(), {}, keep)
    async with here.house.store.write() as tx:
        for address, prints in found.items():
            await tx.exec(update(Feed).where(col(Feed.address) == address).values(prints=prints))


async def _rounds(
    here: Watched, rounds: int, loop: Callable[[], Awaitable[int]], before: Callable[[], object] = lambda: None
) -> Costs:
    costs = Costs([], [])
    for number in range(-1, rounds):
        spent = process_time()
        asked = await loop()
        theirs = (process_time() - spent) / asked
        await RealClock().sleep(RESTED)
        before()
        await here.hurry()
        spent = process_time()
        await here.patrolled()
        mine = (process_time() - spent) / here.feeds
        if number >= 0:  # the first round opens the connections
            costs.ours.append(mine)
            costs.loop.append(theirs)
    return costs


async def _bare(
    here: Watched,
    addresses: Sequence[str],
    headers: dict[str, dict[str, str]],
    seen: Seen = lambda _address, _answer, _body: None,
) -> int:
    """Ask each address once, on the relay's own session; returns how many were asked."""
    session, waiting = here.house.outside.http.session, iter(addresses)

    async def work() -> None:
        for address in waiting:
            async with session.get(address, headers=headers.get(address), allow_redirects=False) as answer:
                seen(address, answer, await answer.read())

    await asyncio.gather(*(work() for _ in range(ABREAST)))
    return len(addresses)
