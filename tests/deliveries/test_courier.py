# SPDX-License-Identifier: AGPL-3.0-or-later
"""The courier: exactly one post a delivery, whatever the network says, and none outside the window."""

import asyncio
from datetime import timedelta

import pytest
from desk import LANE, NINE, NINETEEN, Desk

from relay.faults import Held, NetworkFault, Refused, Throttled, Unauthorised, Unreachable
from relay.i18n import say
from relay.store import account as accounts
from relay.strikes.plan import renew, stop
from relay.terms import AccountState, DeliveryState, StrikeState

FIRST = "Community managers en grève : « Un » https://journal.example/Un"


async def open_with_one_article(desk: Desk, *handles: str) -> None:
    """The window is open, the start notice said, and one article waits."""
    await desk.strike(*[await desk.account(handle) for handle in handles or ("desk",)])
    desk.clock.move_to(NINE)
    await desk.work()
    await desk.see("Un")


def texts(desk: Desk, account: str = "desk") -> list[str]:
    return [said.post.text for said in desk.platform.posts(account)]


async def state_of_article(desk: Desk) -> DeliveryState:
    return (await desk.deliveries())[-1].state


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


async def test_nothing_leaves_before_the_window_opens(desk: Desk) -> None:
    await desk.strike(await desk.account())
    await desk.see("Un")
    await desk.work()
    desk.clock.move_to(NINE - timedelta(microseconds=1))
    await desk.work()
    assert desk.platform.said == []


async def test_nothing_leaves_at_the_end_or_after(desk: Desk) -> None:
    """What could not be said in time expires: silence after the end is a promise."""
    await open_with_one_article(desk)
    desk.clock.move_to(NINETEEN)
    await desk.work()
    assert texts(desk) == ["La grève commence. Jour 1."]
    assert await state_of_article(desk) == DeliveryState.EXPIRED


async def test_nothing_begins_in_the_last_second(desk: Desk) -> None:
    """A request that begins half a second before the end may arrive after it."""
    await open_with_one_article(desk)
    desk.clock.move_to(NINETEEN - timedelta(milliseconds=500))
    await desk.work()
    assert texts(desk) == ["La grève commence. Jour 1."]


async def test_the_end_notice_is_said_before_the_window_closes(desk: Desk) -> None:
    await open_with_one_article(desk)
    desk.clock.move_to(NINETEEN - timedelta(seconds=119))
    await desk.work()
    assert texts(desk)[-1] == "La grève s’arrête pour aujourd’hui."


async def test_the_start_notice_is_pinned_for_the_day_and_what_was_there_comes_back(desk: Desk) -> None:
    desk.platform.pins["desk"] = "older"
    await open_with_one_article(desk)
    await desk.work()
    assert desk.platform.pins["desk"] == desk.platform.posts("desk")[0].receipt.id
    desk.clock.move_to(NINETEEN)
    await desk.work()
    assert desk.platform.pins["desk"] == "older"


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


async def test_articles_that_waited_too_long_expire_instead_of_flooding(desk: Desk) -> None:
    """After six hours without a network, nobody wants the morning's notices at noon."""
    await open_with_one_article(desk)
    desk.platform.open = False
    await desk.work()
    desk.clock.advance(hours=6)
    desk.platform.open = True
    await desk.work()
    assert texts(desk) == ["La grève commence. Jour 1."]
    assert await state_of_article(desk) == DeliveryState.EXPIRED


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


async def test_an_article_published_before_the_opening_is_not_answered_after_a_long_silence(desk: Desk) -> None:
    """The first look came late: what the feed dates before the strike was published before the strike."""
    await desk.strike(await desk.account())
    desk.clock.move_to(NINE - timedelta(minutes=30))
    row_published_before = desk.clock.now()
    desk.clock.move_to(NINE + timedelta(minutes=5))
    await desk.work()
    await desk.see("Avant", looked_at=row_published_before - timedelta(hours=2), published=row_published_before)
    await desk.see("Pendant", looked_at=row_published_before - timedelta(hours=2))
    await desk.work()
    assert [text for text in texts(desk) if "Avant" in text] == []
    assert len([text for text in texts(desk) if "Pendant" in text]) == 1


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


async def test_a_strike_runs_within_its_windows_and_ends_after_the_last(desk: Desk) -> None:
    row = await desk.strike(await desk.account())
    seen = [row.state]
    for moment in (NINE, NINETEEN):
        desk.clock.move_to(moment)
        await desk.work()
        async with desk.store.read() as tx:
            refreshed = await tx.get(type(row), row.id)
            assert refreshed is not None
            seen.append(refreshed.state)
    assert seen == [StrikeState.ARMED, StrikeState.RUNNING, StrikeState.ENDED]


async def test_renewing_a_stopped_strike_does_not_start_its_window_again(desk: Desk) -> None:
    """Stopped at noon, renewed for tomorrow: the afternoon stays silent, and tomorrow has the full hours."""
    await open_with_one_article(desk)
    await desk.work()
    async with desk.store.write() as tx:
        await stop(desk.newsroom, tx, 1, desk.clock.advance(hours=3))
    async with desk.store.write() as tx:
        renewed = await renew(desk.newsroom, tx, 1, desk.clock.now())
    await desk.see("Deux")
    await desk.work()
    assert texts(desk) == ["La grève commence. Jour 1.", FIRST]
    assert (renewed.opens, renewed.closes) == (NINE + timedelta(days=1), NINETEEN + timedelta(days=1))
    desk.clock.move_to(renewed.opens)
    await desk.work()
    assert texts(desk)[-1] == "La grève commence. Jour 2."
