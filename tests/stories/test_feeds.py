# SPDX-License-Identifier: AGPL-3.0-or-later
"""Feeds come and go, break and move: an article is answered once, whatever its feed does."""

from datetime import timedelta

import pytest
from desk import NINE
from world import World

from relay.faults import FeedFault, Invalid
from relay.square.press import Press
from relay.store import feed as feeds

MINUTES = timedelta(minutes=1)


async def feed_of(world: World) -> feeds.Feed:
    async with world.house.store.read() as tx:
        return (await feeds.of_newsroom(world.newsroom, tx))[0]


async def test_a_removed_feed_is_asked_no_more_and_may_come_back_silently(world: World) -> None:
    await world.house.watch.unsubscribe(world.newsroom, 1)
    asked = world.press.asked
    world.press.publish("Pendant l’absence")
    await world.wait_until(world.clock.now() + 30 * MINUTES)
    assert world.press.asked == asked
    await world.house.watch.subscribe(world.newsroom, world.press.feed)
    await world.strike()
    await world.wait_until(NINE + 10 * MINUTES)
    assert world.answers("Pendant l’absence") == 0


async def test_the_same_feed_is_not_added_twice(world: World) -> None:
    with pytest.raises(Invalid, match="watched already"):
        await world.house.watch.subscribe(world.newsroom, world.press.feed)


async def test_a_feed_that_cannot_be_read_when_it_is_added_begins_with_the_first_document_that_can(
    world: World,
) -> None:
    await world.house.watch.unsubscribe(world.newsroom, 1)
    world.press.plan.add(path="/feed.xml", method="GET", status=503)
    with pytest.raises(FeedFault):
        await world.house.watch.subscribe(world.newsroom, world.press.feed)
    world.press.publish("Avant")
    await world.house.watch.subscribe(world.newsroom, world.press.feed)
    await world.strike()
    await world.wait_until(NINE + MINUTES)
    world.press.publish("Après")
    await world.wait_until(NINE + 10 * MINUTES)
    assert (world.answers("Avant"), world.answers("Après")) == (0, 1)


async def test_a_front_page_is_enough_to_add_its_feed(world: World) -> None:
    await world.house.watch.unsubscribe(world.newsroom, 1)
    row = await world.house.watch.subscribe(world.newsroom, world.press.address)
    assert row.address == world.press.feed


async def test_a_feed_that_fails_is_looked_at_again_and_nothing_is_missed(world: World) -> None:
    await world.strike()
    await world.wait_until(NINE + MINUTES)
    world.press.plan.add(path="/feed.xml", method="GET", status=503, times=3)
    world.press.publish("Un")
    await world.until(NINE + 6 * MINUTES)
    assert world.answers("Un") == 0
    assert "503" in (await feed_of(world)).fault
    await world.wait_until(NINE + 45 * MINUTES)
    assert world.answers("Un") == 1
    assert (await feed_of(world)).fault == ""


async def test_a_feed_that_asks_to_be_left_alone_is_left_alone(world: World) -> None:
    await world.strike()
    await world.wait_until(NINE + MINUTES)
    world.press.plan.add(path="/feed.xml", method="GET", status=429, headers={"Retry-After": "1800"})
    await world.until(NINE + 8 * MINUTES)
    asked = world.press.asked
    await world.until(NINE + 30 * MINUTES)
    assert world.press.asked == asked
    await world.wait_until(NINE + 45 * MINUTES)
    assert world.press.asked > asked


async def test_an_unchanged_feed_is_asked_conditionally(world: World) -> None:
    await world.strike()
    await world.wait_until(NINE)
    await world.until(NINE + 20 * MINUTES)
    assert world.press.unchanged == world.press.asked - 1


async def test_the_same_article_in_two_feeds_is_answered_once(world: World) -> None:
    other = Press(world.clock)
    await other.start()
    await world.house.watch.subscribe(world.newsroom, other.feed)
    await world.strike()
    await world.wait_until(NINE + MINUTES)
    piece = world.press.publish("Un")
    await world.until(NINE + 8 * MINUTES)
    other.pieces.append(piece)
    await world.until(NINE + 20 * MINUTES)
    await other.stop()
    assert world.answers("Un") == 1


async def test_one_host_is_asked_at_most_once_a_second_whoever_rings(world: World) -> None:
    """Two feeds of one site are due at once, and the lane is rung twice: the second look waits its second."""
    await world.house.watch.subscribe(world.newsroom, f"{world.press.feed}?rubrique=sport")
    async with world.house.store.write() as tx:
        for row in await feeds.of_newsroom(world.newsroom, tx):
            row.next_look_at = world.clock.now()
            lane = row.lane
    asked = world.press.asked
    assert await world.house.drain(lane) == world.clock.now() + timedelta(seconds=1)
    await world.house.drain(lane)
    assert world.press.asked == asked + 1
    world.clock.advance(seconds=1)
    await world.house.drain(lane)
    assert world.press.asked == asked + 2
