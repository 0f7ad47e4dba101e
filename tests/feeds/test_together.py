# SPDX-License-Identifier: AGPL-3.0-or-later
"""Two machines look at feeds of one newsroom at once: an article of both is answered once, a removal is final."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from desk import EIGHT, NINE, Desk
from rivals import ahead_of
from sqlmodel import select

from relay.feeds.learn import learn
from relay.feeds.parse.parser import Parser
from relay.feeds.watch import Watch
from relay.settings import Settings
from relay.square.press import Piece, Press
from relay.store import feed as feeds
from relay.store import locks
from relay.store.feed import Feed
from relay.store.lanes import of_feed
from relay.store.ledger import Notice
from relay.strikes import plan
from relay.terms import Document, Entry, NoticeKind

pytestmark = pytest.mark.parametrize("address", ["postgres"], indirect=True)


@pytest.fixture
async def press(desk: Desk) -> AsyncIterator[Press]:
    made = Press(desk.clock)
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
async def watch(desk: Desk, press: Press, parser: Parser, tmp_path: Path) -> Watch:
    """Of a machine that watches the press, whose feed was empty so far; the window is open."""
    await desk.strike(await desk.account())
    desk.clock.move_to(NINE)
    await desk.edges.turn()
    lane = of_feed(press.feed)
    async with desk.store.write() as tx:
        tx.add(Feed(newsroom_id=desk.newsroom, address=press.feed, lane=lane, next_look_at=NINE, baseline_at=EIGHT))
    return Watch(desk.store, desk.outside, parser, desk.edges.answer, desk.rung.extend, Settings(home=tmp_path))


def announcing(piece: Piece) -> Document:
    return Document((Entry(guid=piece.link, link=piece.link, title=piece.title),))


async def answered(desk: Desk) -> int:
    async with desk.store.read() as tx:
        return len((await tx.exec(select(Notice).where(Notice.kind == NoticeKind.ARTICLE))).all())


async def test_an_article_of_two_feeds_is_answered_once(desk: Desk, watch: Watch, press: Press) -> None:
    piece = press.publish("Un")
    async with ahead_of(desk.store, watch.drain(of_feed(press.feed))) as tx:
        await locks.newsroom(desk.newsroom, tx)
        first = await tx.get_one(Feed, desk.feed)
        first.baseline_at = EIGHT
        await learn(tx, first, announcing(piece), 10, desk.edges.answer, NINE)
    assert 1 == await answered(desk)


async def test_a_look_at_a_feed_that_is_just_being_removed_brings_nothing(
    desk: Desk, watch: Watch, press: Press
) -> None:
    press.publish("Un")
    async with ahead_of(desk.store, watch.drain(of_feed(press.feed))) as tx:
        row = await feeds.by_address(desk.newsroom, tx, press.feed)
        assert row is not None
        row.removed_at = NINE
    assert 0 == await answered(desk)


async def test_a_strike_that_is_armed_while_its_feed_is_looked_at_waits_for_the_look(
    desk: Desk, watch: Watch, press: Press
) -> None:
    """And has it looked at again at once: the look may have been too early for the window."""
    async with desk.store.write() as tx:
        await plan.stop(desk.newsroom, tx, 1, NINE)

    async def renew() -> None:
        async with desk.store.write() as tx:
            await plan.renew(desk.newsroom, tx, 1, NINE)

    async with ahead_of(desk.store, renew()) as tx:
        row = await feeds.by_address(desk.newsroom, tx, press.feed)
        assert row is not None
        row.next_look_at = NINE.replace(hour=20)
    async with desk.store.read() as tx:
        assert {NINE} == {each.next_look_at for each in await feeds.of_newsroom(desk.newsroom, tx)}
