# SPDX-License-Identifier: AGPL-3.0-or-later
"""The courier: exactly one post a delivery, whatever the network says."""

import asyncio
from datetime import timedelta

import pytest
from desk import FIRST, LANE, Desk, open_with_one_article, state_of_article, texts

from relay.deliveries import lastword
from relay.faults import Held, NetworkFault, Refused, Throttled, Unauthorised, Unreachable
from relay.i18n import say
from relay.networks.port import Post, Receipt, Still
from relay.store import account as accounts
from relay.store.account import Account
from relay.strikes.plan import stop
from relay.terms import AccountState, Action, DeliveryState


async def test_one_notice_an_article_on_each_account(desk: Desk) -> None:
    """From the opening every article is answered once on each account, after the start notice."""
    await open_with_one_article(desk, "desk", "union")
    await desk.see("Deux")
    await desk.work()
    for account in ("desk", "union"):
        assert texts(desk, account) == [
            "La grève commence. Jour 1.",
            FIRST,
            "Community managers en grève : « Deux » https://journal.example/Deux",
        ]


@pytest.mark.parametrize("when", ["before", "after"])
async def test_a_lost_answer_never_makes_a_second_post(desk: Desk, when: str) -> None:
    """Unsure: the relay looks before it speaks again, and says it once in the end."""
    desk.platform.honours_key = False  # as on servers that ignore the key: only looking can help
    await open_with_one_article(desk)
    desk.platform.script(when=when)  # type: ignore[arg-type]
    await desk.work()
    desk.clock.advance(minutes=3)
    await desk.work()
    await desk.work()
    assert texts(desk).count(FIRST) == 1
    assert await state_of_article(desk) == DeliveryState.SENT


@pytest.mark.parametrize(
    ("fault", "state"),
    [
        (Refused(say("Too long.")), DeliveryState.REJECTED),
        (Unreachable(say("No answer.")), DeliveryState.PENDING),
        (Unauthorised(say("Token dead.")), DeliveryState.PENDING),
        (Held(say("Account limited.")), DeliveryState.PENDING),
    ],
)
async def test_each_fault_leaves_the_delivery_where_it_belongs(
    desk: Desk, fault: NetworkFault, state: DeliveryState
) -> None:
    await open_with_one_article(desk)
    desk.platform.script(fault)
    await desk.work()
    assert await state_of_article(desk) == state


async def test_an_unreachable_network_is_tried_again_later_and_not_at_once(desk: Desk) -> None:
    await open_with_one_article(desk)
    desk.platform.script(Unreachable(say("No answer.")))
    again = await desk.work()
    assert texts(desk).count(FIRST) == 0
    assert again is not None
    assert again > desk.clock.now()
    desk.clock.move_to(again)
    await desk.work()
    assert texts(desk).count(FIRST) == 1


async def test_a_throttled_account_waits_until_the_network_said(desk: Desk) -> None:
    await open_with_one_article(desk)
    until = desk.clock.now() + timedelta(minutes=5)
    desk.platform.script(Throttled(say("Slow down."), until))
    assert await desk.work() == until
    desk.clock.move_to(until - timedelta(seconds=1))
    await desk.work()
    assert texts(desk).count(FIRST) == 0
    desk.clock.move_to(until)
    await desk.work()
    assert texts(desk).count(FIRST) == 1


async def test_a_dead_token_pauses_its_account_alone_and_keeps_the_notice(desk: Desk) -> None:
    """Reconnecting the account sends what waited; the other account never noticed."""
    await open_with_one_article(desk, "desk", "union")
    desk.platform.revoked.add("desk")
    await desk.work()
    assert texts(desk, "union") == ["La grève commence. Jour 1.", FIRST]
    async with desk.store.read() as tx:
        row = await accounts.by_identity(desk.newsroom, tx, "fake", "desk")
    assert row is not None
    assert row.state == AccountState.PAUSED
    desk.platform.revoked.clear()
    await desk.account("desk")
    await desk.work()
    assert texts(desk, "desk") == ["La grève commence. Jour 1.", FIRST]


async def test_an_account_whose_secrets_do_not_open_is_paused_and_keeps_its_notices(desk: Desk) -> None:
    """The key was lost: the other account goes on, and connecting again sends what waited."""
    await open_with_one_article(desk, "desk", "union")
    async with desk.store.write() as tx:
        row = await accounts.by_identity(desk.newsroom, tx, "fake", "desk")
        assert row is not None
        row.sealed = b"sealed with another key"
    await desk.seats.aclose()
    await desk.work()
    assert texts(desk, "union")[1:] == [FIRST]
    assert texts(desk, "desk")[1:] == []
    await desk.account("desk")
    await desk.work()
    assert texts(desk, "desk")[1:] == [FIRST]


async def test_stopping_withdraws_what_waits_and_takes_the_pin_off(desk: Desk) -> None:
    await open_with_one_article(desk)
    await desk.work()
    await desk.see("Deux")
    async with desk.store.write() as tx:
        assert await stop(desk.newsroom, tx, 1, desk.clock.now()) == 2  # the article, and the end notice
    await desk.work()
    assert texts(desk) == ["La grève commence. Jour 1.", FIRST]
    assert desk.platform.pins["desk"] == ""
    states = {row.state for row in await desk.deliveries()}
    assert states == {DeliveryState.SENT, DeliveryState.WITHDRAWN}


async def test_what_is_in_hand_behind_a_slow_post_is_withdrawn_by_a_stop(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process presses stop while the first of three notices is on its way: the other two never begin."""
    monkeypatch.setattr(lastword, "RECHECK", -1.0)  # as if each claim had been in hand for half a second
    await open_with_one_article(desk)
    await desk.see("Deux", "Trois")
    network = await desk.seats.connect(await account_of(desk, "desk"))
    began, goes_on, publish = asyncio.Event(), asyncio.Event(), network.publish

    async def slowly(post: Post, key: str, still: Still) -> Receipt:
        receipt = await publish(post, key, still)
        began.set()
        await goes_on.wait()
        return receipt

    monkeypatch.setattr(network, "publish", slowly)
    drain = asyncio.create_task(desk.courier.drain(LANE))
    await began.wait()
    async with desk.store.write() as tx:
        await stop(desk.newsroom, tx, 1, desk.clock.now())
    goes_on.set()
    await drain
    assert texts(desk) == ["La grève commence. Jour 1.", FIRST]
    states = [row.state for row in await desk.deliveries() if row.action == Action.PUBLISH]
    assert states.count(DeliveryState.SENT) == 2
    assert states.count(DeliveryState.WITHDRAWN) == 3  # two articles, and the end notice


async def account_of(desk: Desk, handle: str) -> Account:
    async with desk.store.read() as tx:
        row = await accounts.by_identity(desk.newsroom, tx, "fake", handle)
    assert row is not None
    return row


async def test_notices_of_one_moment_are_dated_in_the_order_they_are_said(desk: Desk) -> None:
    await open_with_one_article(desk)
    await desk.see("Deux", "Trois")
    await desk.work()
    dates = [said.post.created_at for said in desk.platform.posts("desk")[1:]]
    assert sorted(set(dates)) == dates


async def test_the_same_article_twice_is_one_delivery(desk: Desk) -> None:
    await open_with_one_article(desk)
    await desk.work()
    before = len(await desk.deliveries())
    await desk.edges.turn()
    await desk.work()
    assert len(await desk.deliveries()) == before


async def test_what_a_dead_process_left_in_hand_is_looked_for_before_it_is_said(desk: Desk) -> None:
    """The process died between the post and the settling: its orphan is adopted, found, and not said twice."""
    desk.platform.honours_key = False
    await open_with_one_article(desk)
    await desk.work()
    async with desk.store.write() as tx:
        row = (await desk.deliveries())[-1]
        assert FIRST == (row.post or {}).get("text")
        row.state, row.holder, row.settled_at, row.remote_id = DeliveryState.SENDING, "a dead process", None, ""
        tx.add(row)
    await desk.work()
    desk.clock.advance(minutes=3)
    await desk.work()
    assert texts(desk).count(FIRST) == 1


async def test_cancelling_a_drain_waits_for_the_post_under_way(desk: Desk) -> None:
    """A graceful stop leaves nothing half said: whatever was begun is settled."""
    await open_with_one_article(desk)
    drain = asyncio.create_task(desk.courier.drain(LANE))
    while not desk.platform.said[1:]:
        await asyncio.wait({drain}, timeout=0.001)
    drain.cancel()
    await asyncio.gather(drain, return_exceptions=True)
    assert DeliveryState.SENDING not in {row.state for row in await desk.deliveries()}
