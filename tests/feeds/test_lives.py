# SPDX-License-Identifier: AGPL-3.0-or-later
"""Feeds over days and weeks: servers that lie, move or give up, and what the watch comes to believe of them."""

from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from desk import Desk
from feeds.beat import Beat

from relay.feeds import look
from relay.feeds.http.answers import Memory
from relay.feeds.http.fetch import fetch
from relay.settings import Settings
from relay.square.farm.farm import Farm
from relay.store import feed as feeds
from relay.store.columns import saved
from relay.store.feed import Feed

pytestmark = pytest.mark.parametrize("address", ["sqlite"], indirect=True)
DAY = timedelta(days=1)
Serve = Callable[[Callable[[web.Request], Awaitable[web.StreamResponse]]], Awaitable[str]]


@pytest.fixture
async def beat(desk: Desk, tmp_path: Path) -> AsyncIterator[Beat]:
    farm = Farm(desk.clock, feeds=6, per_host=1, size=4)
    await farm.start()
    yield Beat(desk, farm, Settings(home=tmp_path))
    await farm.stop()


async def test_a_server_that_calls_everything_unchanged_is_found_out_in_a_day(beat: Beat) -> None:
    """And not believed from then on: what it publishes is found by the next look, by the document itself."""
    beat.farm.fault("unmodified-for-ever", 0)
    await beat.add(0)
    await beat.patrol()
    beat.farm.publish(0)
    for _ in range(23):
        await beat.look(hours=1)
    assert ([], None) == (await beat.seen(), (await beat.row(0)).distrusted_at)
    for _ in range(3):
        await beat.look(hours=1)
    assert (1, True) == (len(await beat.seen()), (await beat.row(0)).distrusted_at is not None)
    beat.farm.publish(0)
    await beat.look(hours=1)
    assert [beat.farm.link(each) for each in beat.farm.published()] == await beat.seen()
    assert {} == beat.farm.score().sins


async def test_every_feed_is_asked_for_whole_once_a_day(beat: Beat, monkeypatch: pytest.MonkeyPatch) -> None:
    """But not all at once, though they were added together."""
    whole = defaultdict[str, list[datetime]](list)
    began = beat.desk.clock.now()

    async def asked(outside: Any, address: str, memory: Memory, **more: Any) -> Any:
        if not memory.etag and not memory.last_modified:
            whole[address].append(outside.clock.now())
        return await fetch(outside, address, memory, **more)

    monkeypatch.setattr(look, "fetch", asked)
    await beat.add(*range(6))
    await beat.patrol()
    await beat.look(hours=23, minutes=59)
    for _ in range(9):
        await beat.change_all(next_look_at=beat.desk.clock.now())
        await beat.look(minutes=10)
    assert [2] * 6 == [len(each) for each in whole.values()]
    assert all(DAY <= again - began < DAY + timedelta(hours=1, minutes=10) for _, again in whole.values())
    assert len({again for _, again in whole.values()}) > 1
    assert {} == beat.farm.score().sins


async def test_a_feed_that_is_gone_is_no_longer_asked_until_a_person_adds_it_again(beat: Beat) -> None:
    beat.farm.fault("gone-410", 0)
    await beat.add(0)
    await beat.patrol()
    for gone in (2, 3):
        await beat.look(hours=13)
        assert gone == (await beat.row(0)).gone
    off, asked = (await beat.row(0)).off_at, beat.farm.told.answers
    assert beat.desk.clock.now() == off
    await beat.look(days=3)
    assert (asked, {}) == (beat.farm.told.answers, beat.farm.score().sins)
    beat.farm.heal(0)
    row = await beat.watch.subscribe(beat.desk.newsroom, beat.farm.addresses[0])
    assert (beat.rows[0], None, 0) == (row.id, row.off_at, row.gone)
    beat.farm.publish(0)
    beat.desk.clock.advance(days=1)
    await beat.watch.drain(row.lane)
    assert 1 == len(await beat.seen())


class Moving:
    """A site whose feed has moved from /old to /new: ``gone`` from the old place, with ``strangers`` in the new one."""

    def __init__(self, beat: Beat, base: str) -> None:
        self.beat, self.base = beat, base
        self.moved = self.gone = self.strangers = False
        self.built = 0

    async def answer(self, request: web.Request) -> web.StreamResponse:
        if request.path == "/old" and self.gone:
            raise web.HTTPGone
        if request.path == "/old" and self.moved:
            raise web.HTTPMovedPermanently("/new")
        self.built += 1
        name = f"{self.built}-" if self.strangers else ""
        items = "".join(f"<item><title>Titre {name}{n}</title><link>/{name}{n}</link></item>" for n in range(3))
        body = f"<rss version='2.0'><channel><title>{self.built}</title>{items}</channel></rss>"
        return web.Response(text=body, content_type="application/rss+xml")

    async def add(self) -> Feed:
        return await self.beat.watch.subscribe(self.beat.desk.newsroom, f"{self.base}/old")

    async def daily(self, row: Feed, days: int) -> str:
        """Look once a day; at which path the feed is then."""
        for _ in range(days):
            self.beat.desk.clock.advance(days=1)
            await self.beat.watch.drain(row.lane)
        return (await self.now(row)).address.removeprefix(self.base)

    async def now(self, row: Feed) -> Feed:
        async with self.beat.desk.store.read() as tx:
            found = await feeds.find(self.beat.desk.newsroom, tx, saved(row.id))
        assert found is not None
        return found


@pytest.fixture
async def site(beat: Beat, serve: Serve) -> Moving:
    made = Moving(beat, "")
    made.base = await serve(made.answer)
    return made


async def test_a_permanent_redirect_is_believed_after_a_week(site: Moving) -> None:
    row = await site.add()
    site.moved = True
    assert ["/old", "/new"] == [await site.daily(row, 7), await site.daily(row, 1)]
    assert 0 == (await site.now(row)).failures


async def test_a_redirect_to_what_nobody_knows_is_never_believed(site: Moving) -> None:
    """A maintenance page, say, that changes from day to day."""
    row = await site.add()
    site.moved = site.strangers = True
    assert "/old" == await site.daily(row, 10)


async def test_a_feed_whose_old_address_dies_lives_on_at_the_new_one(site: Moving) -> None:
    row = await site.add()
    site.moved = True
    assert "/old" == await site.daily(row, 2)
    site.gone = True
    assert ("/new", 1) == (await site.daily(row, 1), (await site.now(row)).failures)
    assert ("/new", 0) == (await site.daily(row, 1), (await site.now(row)).failures)
    assert (0, None) == ((await site.now(row)).gone, (await site.now(row)).off_at)


async def test_a_feed_that_never_said_where_it_went_stays_where_it_was(site: Moving) -> None:
    row = await site.add()
    site.gone = True
    assert ("/old", 1) == (await site.daily(row, 1), (await site.now(row)).failures)
