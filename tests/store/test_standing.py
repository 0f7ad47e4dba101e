# SPDX-License-Identifier: AGPL-3.0-or-later
"""How the deliveries of a strike stand, counted; a newsroom sees its own."""

from datetime import timedelta

from desk import NINE, Desk

from relay.store import standing
from relay.store.standing import Standing
from relay.terms import DeliveryState


async def day(desk: Desk) -> None:
    """The window opens, one article appears and is answered."""
    await desk.strike(await desk.account())
    desk.clock.move_to(NINE)
    await desk.work()
    desk.clock.advance(minutes=1)
    await desk.see("Un")
    await desk.work()


async def test_notices_are_counted_by_account_state_and_reason(desk: Desk) -> None:
    """Pins are no notices."""
    await day(desk)
    async with desk.store.read() as tx:
        found = await standing.of_strike(desk.newsroom, tx, 1)
    assert [
        Standing(1, DeliveryState.PENDING, "", 1, ""),  # the end notice
        Standing(1, DeliveryState.SENT, "", 2, ""),
    ] == found


async def test_what_was_settled_since_a_moment_comes_in_that_order(desk: Desk) -> None:
    """With the article's title, "" for the start notice; nothing twice."""
    await day(desk)
    async with desk.store.read() as tx:
        every = await standing.settled_after(desk.newsroom, tx, NINE - timedelta(seconds=1))
        later = await standing.settled_after(desk.newsroom, tx, NINE)
        none = await standing.settled_after(desk.newsroom, tx, desk.clock.now())
    assert (["", "Un"], ["Un"], []) == tuple([title for *_, title in rows] for rows in (every, later, none))


async def test_another_newsroom_sees_nothing_of_it(desk: Desk) -> None:
    """Through either question."""
    await day(desk)
    async with desk.store.read() as tx:
        assert [] == await standing.of_strike(desk.newsroom + 1, tx, 1)
        assert [] == await standing.settled_after(desk.newsroom + 1, tx, NINE - timedelta(days=1))
