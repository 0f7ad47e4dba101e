# SPDX-License-Identifier: AGPL-3.0-or-later
"""From an article's publication to the committed delivery that answers it: by looking, and pushed by a hub.

A delivery counts as committed when another connection sees it, asked every few milliseconds.
"""

import asyncio
import socket
import sqlite3
from contextlib import AsyncExitStack, closing
from dataclasses import dataclass
from threading import Event
from urllib.parse import urlsplit

from farm_process import FarmProcess
from feeds_ready import Watched, watched
from feeds_work import at_work

from relay.clock import RealClock, stopwatch
from relay.web.push import pushed_to

FLOOR = 10.0  # s between two looks, and up to a tenth more, never less
EVERY = FLOOR * 1.025  # s, the mean
GLANCE = 0.005
GOLDEN = 0.618033988749895  # its multiples fill an interval more evenly than chance would
READ = "SELECT count(*) FROM feed WHERE baseline_at IS NOT NULL"
SUBSCRIBED = "SELECT count(*) FROM subscription WHERE state = 'active'"
ANSWERED = """SELECT delivery.id, article.link FROM delivery JOIN notice ON notice.id = delivery.notice_id
JOIN article ON article.id = notice.article_id WHERE delivery.id > ? ORDER BY delivery.id"""


@dataclass(frozen=True)
class Wait:
    """Seconds from publication to commit, article by article; how many were never answered."""

    took: list[float]
    missing: int


async def looked_at(feeds: int = 160, seconds: float = 15.0) -> Wait:
    """One article in each feed while every feed is looked at every ten seconds, one after the other."""
    with FarmProcess(feeds=feeds, per_host=1) as farm:
        async with watched(farm, feeds, over=EVERY, newsrooms=10, new=True, look_floor=FLOOR) as here, at_work(here):
            await _all(here, READ)
            await here.hurry(over=EVERY)
            await RealClock().sleep(EVERY)
            return await _measure(here, range(feeds), seconds, patience=1.5 * FLOOR)


async def pushed(feeds: int = 80, seconds: float = 12.0) -> Wait:
    """The same while a hub pushes them, signed, to the real callback, and looks come too late."""
    port = _free_port()
    async with AsyncExitStack() as stack:
        farm = stack.enter_context(FarmProcess(feeds=feeds, per_host=1, hub_every=1))
        reached = {"public_address": f"http://127.0.0.1:{port}", "public_port": port}
        here = await stack.enter_async_context(watched(farm, feeds, new=True, look_floor=60.0, **reached))
        await stack.enter_async_context(pushed_to(here.house.callback, port))
        await stack.enter_async_context(at_work(here))
        await _all(here, SUBSCRIBED)
        return await _measure(here, range(feeds), seconds, patience=5.0)


async def _measure(here: Watched, feeds: range, seconds: float, patience: float) -> Wait:
    """Publish in each of the feeds within so many seconds, evenly as seen from their looks, and wait for the
    deliveries.
    """
    out, back = dict[int, float](), dict[int, float]()
    over = Event()
    watching = asyncio.create_task(asyncio.to_thread(_committed, here, back, over))
    moments = sorted((seconds * (GOLDEN * feed % 1), feed) for feed in feeds)
    began = stopwatch()
    for moment, feed in moments:
        await RealClock().sleep(began + moment - stopwatch())
        out[feed] = stopwatch()
        await asyncio.to_thread(here.farm.ask, "publish", feeds=[feed])
    until = stopwatch() + patience
    while len(back) < len(out) and stopwatch() < until and not watching.done():
        await RealClock().sleep(0.05)
    over.set()
    await watching
    return Wait(sorted(back[feed] - out[feed] for feed in back), len(out) - len(back))


def _committed(here: Watched, back: dict[int, float], over: Event) -> None:
    """Note for each feed when a delivery that answers an article of its is there to be seen. Runs in a thread."""
    known = 0
    with closing(_ledger(here)) as ledger:
        while not over.wait(GLANCE):
            for number, link in ledger.execute(ANSWERED, (known,)):
                known = number
                back.setdefault(_feed(link), stopwatch())


async def _all(here: Watched, question: str) -> None:
    """Wait until the answer is: every feed."""
    async with asyncio.timeout(45):
        with closing(_ledger(here)) as ledger:
            while ledger.execute(question).fetchone() != (here.feeds,):
                await RealClock().sleep(0.1)


def _ledger(here: Watched) -> sqlite3.Connection:
    """The ledger as another program sees it."""
    return sqlite3.connect(f"file:{here.house.store.path}?mode=ro", uri=True)


def _feed(link: str) -> int:
    """The number of the feed that an article of the farm is in."""
    return int(urlsplit(link).path.split("/")[2])


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
