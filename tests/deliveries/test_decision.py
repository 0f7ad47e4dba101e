# SPDX-License-Identifier: AGPL-3.0-or-later
"""What Piquet cannot know, a person decides: it is out, say it again, never."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from desk import FIRST, KEYRING, LANE, NINETEEN, Desk, open_with_one_article, state_of_article, texts
from sqlmodel import update

from relay.deliveries import audit, decision
from relay.deliveries.attempt import Patience
from relay.deliveries.courier import Courier
from relay.deliveries.seats import Seats
from relay.faults import Invalid, Unsure
from relay.i18n import say
from relay.networks.port import Receipt
from relay.store.ledger import Delivery
from relay.strikes.plan import stop
from relay.terms import DeliveryState

NOWHERE = Receipt("", "")


@pytest.fixture
async def lost(desk: Desk) -> Desk:
    """On a network that shows no posts, the answer to the article's notice was lost before it took effect."""
    desk.platform.reads_back = desk.platform.honours_key = False
    desk.seats = Seats(desk.store, desk.outside, {"fake": desk.platform.network()}, KEYRING)
    desk.courier = Courier(desk.store, desk.outside, desk.seats.cards, desk.seats.connect, Patience(30, 120))
    await open_with_one_article(desk)
    await say_the_start(desk)
    desk.platform.script(Unsure(say("Nobody answered. Look.")))
    await desk.courier.drain(LANE)
    assert DeliveryState.NEEDS_HUMAN == await state_of_article(desk)
    return desk


async def say_the_start(desk: Desk) -> None:
    """The start notice goes out by itself, so that the fault to come meets the article's."""
    async with desk.store.write() as tx:
        later = desk.clock.now() + timedelta(minutes=1)
        await tx.exec(update(Delivery).where(Delivery.notice_id == 3).values(due_at=later))
    await desk.work()
    desk.clock.advance(minutes=2)


async def article(desk: Desk) -> Delivery:
    return (await desk.deliveries())[-1]


async def decide(desk: Desk, act: Callable[..., Awaitable[Any]], *given: Any) -> None:
    number = (await article(desk)).id
    async with desk.store.write() as tx:
        await act(desk.newsroom, tx, number, *given, desk.clock.now())


async def test_seen_there_it_counts_as_sent(lost: Desk) -> None:
    """With or without its address, and the audit takes a person's word."""
    await decide(lost, decision.sent, NOWHERE, lost.seats.cards)
    assert DeliveryState.SENT == await state_of_article(lost)
    report = await audit.of_strike(lost.store, lost.newsroom, 1, lost.clock.now())
    assert report.adds_up, report.gaps


async def test_the_address_is_kept(lost: Desk) -> None:
    post = Receipt("77", "https://fake.example/@desk/77")
    await decide(lost, decision.sent, post, lost.seats.cards)
    row = await article(lost)
    assert (post.id, post.url, "by hand") == (row.remote_id, row.remote_url, row.reason)


@pytest.mark.parametrize("post", [Receipt("1", "https://fake.example/@desk/1"), Receipt("", "javascript:alert(1)")])
async def test_a_post_that_cannot_be_it_is_refused(lost: Desk, post: Receipt) -> None:
    """Another notice's proof, or no address at all."""
    with pytest.raises(Invalid):
        await decide(lost, decision.sent, post, lost.seats.cards)
    assert DeliveryState.NEEDS_HUMAN == await state_of_article(lost)


async def test_said_again_it_is_said_once(lost: Desk) -> None:
    await decide(lost, decision.again)
    await lost.courier.drain(LANE)
    assert 1 == texts(lost).count(FIRST)
    assert DeliveryState.SENT == await state_of_article(lost)


async def test_after_the_window_nothing_is_said_again(lost: Desk) -> None:
    lost.clock.move_to(NINETEEN)
    with pytest.raises(Invalid, match="too late"):
        await decide(lost, decision.again)


async def test_after_a_stop_nothing_is_said_again(lost: Desk) -> None:
    async with lost.store.write() as tx:
        await stop(lost.newsroom, tx, 1, lost.clock.now())
    with pytest.raises(Invalid, match="too late"):
        await decide(lost, decision.again)


async def test_dropped_it_is_never_said(lost: Desk) -> None:
    await decide(lost, decision.drop)
    await lost.work()
    assert 0 == texts(lost).count(FIRST)
    assert ("dropped", DeliveryState.WITHDRAWN) == ((await article(lost)).reason, await state_of_article(lost))


async def test_what_is_sent_needs_no_decision(lost: Desk) -> None:
    await decide(lost, decision.sent, NOWHERE, lost.seats.cards)
    for act, given in ((decision.sent, (NOWHERE, lost.seats.cards)), (decision.again, ()), (decision.drop, ())):
        with pytest.raises(Invalid):
            await decide(lost, act, *given)


async def test_another_newsroom_decides_nothing(lost: Desk) -> None:
    number = (await article(lost)).id or 0
    for act, given in ((decision.sent, (NOWHERE, lost.seats.cards)), (decision.again, ()), (decision.drop, ())):
        async with lost.store.write() as tx:
            with pytest.raises(Invalid):
                await act(2, tx, number, *given, lost.clock.now())  # type: ignore[operator]
    assert DeliveryState.NEEDS_HUMAN == await state_of_article(lost)


async def test_a_decision_takes_the_row_from_whoever_has_it_in_hand(desk: Desk) -> None:
    """A look that is under way settles nothing any more."""
    await open_with_one_article(desk)
    await desk.work()
    async with desk.store.write() as tx:
        in_hand = {"state": DeliveryState.UNSURE, "holder": "somebody"}
        await tx.exec(update(Delivery).where(Delivery.notice_id == 3).values(in_hand))
    number = next(row.id for row in await desk.deliveries() if row.notice_id == 3)
    async with desk.store.write() as tx:
        await decision.drop(desk.newsroom, tx, number or 0, desk.clock.now())
    row = next(row for row in await desk.deliveries() if row.notice_id == 3)
    assert ("", DeliveryState.WITHDRAWN) == (row.holder, row.state)
