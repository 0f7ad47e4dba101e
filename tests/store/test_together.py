# SPDX-License-Identifier: AGPL-3.0-or-later
"""Two machines on one PostgreSQL: where both act on the same thing, one waits for the other and sees what it did."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from desk import LANE, NINE, Desk, open_with_one_article, state_of_article, texts
from rivals import ahead_of
from sqlmodel import col, func, select

from relay.deliveries.edges import Edges
from relay.store import account as accounts
from relay.store import ledger
from relay.store.account import Account
from relay.store.claims import Settled, settle
from relay.store.columns import saved
from relay.store.database import Store
from relay.store.ledger import Delivery, Notice
from relay.strikes import plan
from relay.terms import DeliveryState, NoticeKind

pytestmark = pytest.mark.parametrize("address", ["postgres"], indirect=True)

FROZEN = "a worker that stands still"


@pytest.fixture
async def other(address: str, desk: Desk) -> AsyncIterator[Desk]:
    """The same desk on another machine."""
    store = Store(address)
    edges = Edges(store, desk.clock, timedelta(minutes=2), desk.rung.extend)
    yield Desk(store, desk.outside, desk.platform, desk.seats, desk.courier, edges, desk.newsroom, desk.feed, desk.rung)
    await store.aclose()


async def kinds(desk: Desk) -> list[NoticeKind]:
    async with desk.store.read() as tx:
        return [NoticeKind(kind) for kind in (await tx.exec(select(Notice.kind).order_by(col(Notice.id)))).all()]


async def stop(desk: Desk) -> int:
    async with desk.store.write() as tx:
        return await plan.stop(desk.newsroom, tx, 1, desk.clock.now())


async def test_a_window_opens_once(desk: Desk, other: Desk) -> None:
    await desk.strike(await desk.account())
    desk.clock.move_to(NINE)
    async with ahead_of(desk.store, other.edges.turn()) as tx:
        await desk.edges.answer(tx, desk.newsroom, [], None, NINE)
    assert [NoticeKind.START, NoticeKind.END] == await kinds(desk)
    assert 2 == len(await desk.deliveries())


async def test_what_was_planned_before_a_stop_is_withdrawn_by_it(desk: Desk, other: Desk) -> None:
    await desk.strike(await desk.account())
    desk.clock.move_to(NINE)
    async with ahead_of(desk.store, stop(other)) as tx:
        await desk.edges.answer(tx, desk.newsroom, [], None, NINE)
    assert [DeliveryState.WITHDRAWN] * 2 == [row.state for row in await desk.deliveries()]


async def test_after_a_stop_nothing_is_planned(desk: Desk, other: Desk) -> None:
    await desk.strike(await desk.account())
    desk.clock.move_to(NINE)
    await desk.work()
    async with ahead_of(desk.store, other.see("Un")) as tx:
        await plan.stop(desk.newsroom, tx, 1, NINE)
    assert [NoticeKind.START, NoticeKind.END] == await kinds(desk)


async def test_a_strike_is_stopped_once(desk: Desk, other: Desk) -> None:
    """Whoever presses the button second hears that nothing runs any more."""
    await open_with_one_article(desk)
    with pytest.raises(plan.Invalid, match="nothing to stop"):
        async with ahead_of(desk.store, stop(other)) as tx:
            assert 2 == await plan.stop(desk.newsroom, tx, 1, desk.clock.now())


async def test_what_is_being_withdrawn_is_not_taken_in_hand(desk: Desk, other: Desk) -> None:
    """Neither before the stop is committed nor after."""
    await open_with_one_article(desk)
    said = texts(desk)
    async with other.store.write() as tx:
        await plan.stop(desk.newsroom, tx, 1, desk.clock.now())
        await desk.courier.drain(LANE)
    await desk.courier.drain(LANE)
    assert (said, DeliveryState.WITHDRAWN) == (texts(desk), await state_of_article(desk))


async def test_what_a_frozen_worker_settles_after_all_is_not_adopted(desk: Desk, other: Desk) -> None:
    """It wakes up with the answer of the network in the moment in which another takes its lane over."""
    await open_with_one_article(desk)
    async with desk.store.write() as tx:
        row = (await ledger.of_strike(desk.newsroom, tx, 1))[-1][0]
        row.state, row.holder, row.first_try_at, row.tries = DeliveryState.SENDING, FROZEN, desk.clock.now(), 1
    sent = Settled(saved(row.id), FROZEN, DeliveryState.SENT, "", "", row.due_at, desk.clock.now(), 1, remote_id="1")
    async with ahead_of(other.store, desk.courier.drain(LANE)) as tx:
        await settle(tx, [sent])
    assert DeliveryState.SENT == await state_of_article(desk)


async def test_a_renewed_session_brings_no_forgotten_account_back(desk: Desk, other: Desk) -> None:
    row = await desk.account()
    network = await desk.seats.connect(row)
    renewal = network.keep({"handle": "desk", "token": "renewed"})  # type: ignore[attr-defined]
    async with ahead_of(other.store, renewal) as tx:
        (await tx.get_one(Account, row.id)).sealed = b""
    async with desk.store.read() as tx:
        found = await accounts.find(desk.newsroom, tx, saved(row.id))
    assert found is not None
    assert b"" == found.sealed


async def test_a_busy_hour_ends_in_no_deadlock(desk: Desk, other: Desk) -> None:
    """Rounds, articles, stops, renewals and reconnections, all at once on two machines: nobody waits in a circle."""
    await open_with_one_article(desk, "desk", "union")

    async def again(machine: Desk) -> None:
        async with machine.store.write() as tx:
            await plan.renew(machine.newsroom, tx, 1, desk.clock.now())

    for number in range(8):
        acts = [each.edges.turn() for each in (desk, other)]
        acts += [each.see(f"{number} {name}") for name, each in (("a", desk), ("b", other))]  # type: ignore[misc]
        acts += [stop(other), again(desk), desk.account("union"), desk.courier.drain(LANE)]  # type: ignore[list-item]
        heard = await asyncio.gather(*acts, return_exceptions=True)
        assert [] == [each for each in heard if isinstance(each, Exception) and not isinstance(each, plan.Invalid)]
    async with desk.store.read() as tx:
        twice = select(Delivery.notice_id).group_by(col(Delivery.notice_id), col(Delivery.account_id))
        twice = twice.where(Delivery.action == "publish").having(func.count() > 1)
        assert [] == (await tx.exec(twice)).all()
