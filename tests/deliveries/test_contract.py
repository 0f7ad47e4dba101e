# SPDX-License-Identifier: AGPL-3.0-or-later
"""Sentences of the delivery contract (relay/deliveries/README.md) that no other room tests under their own name."""

import asyncio
from contextlib import suppress
from datetime import timedelta

from desk import FIRST, LANE, NINE, NINETEEN, Desk, open_with_one_article, texts

from relay.faults import Throttled
from relay.i18n import say
from relay.networks.port import Post, Receipt, Still
from relay.store import account as accounts
from relay.store.ledger import Delivery
from relay.terms import Action, DeliveryState


async def said(desk: Desk) -> Delivery:
    """The delivery of the first article."""
    return next(row for row in await desk.deliveries() if row.action == Action.PUBLISH and row.rank == 10)


async def network_of(desk: Desk, handle: str = "desk"):  # type: ignore[no-untyped-def]
    async with desk.store.read() as tx:
        row = await accounts.by_identity(desk.newsroom, tx, "fake", handle)
    assert row is not None
    return await desk.seats.connect(row)


async def test_what_will_be_said_is_on_disk_before_the_first_byte_leaves(desk: Desk) -> None:
    """Another connection, at the moment the network is called, reads the row as frozen."""
    await desk.strike(await desk.account())
    desk.clock.move_to(NINE)
    network = await network_of(desk)
    publish, seen = network.publish, []

    async def watched(post: Post, key: str, still: Still) -> Receipt:
        row = (await desk.deliveries())[0]
        seen.append((row.state, row.key == key, (row.post or {}).get("text") == post.text, bool(row.holder)))
        work.cancel()  # once is enough: without its claim it would be said for ever
        return await publish(post, key, still)

    network.publish = watched
    work = asyncio.create_task(desk.work())
    with suppress(asyncio.CancelledError):
        await work
    assert [(DeliveryState.SENDING, True, True, True)] == seen


async def test_what_is_found_is_adopted_and_not_said_twice(desk: Desk) -> None:
    desk.platform.honours_key = False
    desk.seats.cards["fake"] = desk.platform.network().card  # type: ignore[index]
    await open_with_one_article(desk)
    desk.platform.script(when="after")
    await desk.work()
    desk.clock.advance(minutes=3)
    await desk.work()
    row = await said(desk)
    assert (DeliveryState.SENT, "found", 1) == (row.state, row.reason, texts(desk).count(FIRST))
    assert row.remote_id == desk.platform.posts("desk")[-1].receipt.id


async def test_what_is_absent_is_said_again_and_only_in_time(desk: Desk) -> None:
    """Lost a minute before the end, looked for after it: not there, and not said any more."""
    desk.platform.honours_key = False
    desk.seats.cards["fake"] = desk.platform.network().card  # type: ignore[index]
    await open_with_one_article(desk)
    desk.clock.move_to(desk.clock.now() + timedelta(minutes=1))
    desk.platform.script(when="before")
    await desk.work()
    desk.clock.advance(minutes=3)
    await desk.work()
    assert 1 == texts(desk).count(FIRST)
    desk.clock.move_to(NINETEEN - timedelta(seconds=30))
    await desk.see("Deux")
    desk.platform.script(when="before", times=2)  # the end notice is said before it
    await desk.courier.drain(LANE)
    desk.clock.advance(minutes=3)
    await desk.work()
    assert not any("Deux" in text for text in texts(desk))
    late = [row for row in await desk.deliveries() if row.action == Action.PUBLISH][-1]
    assert DeliveryState.EXPIRED == late.state


async def test_where_nothing_can_be_repeated_or_read_back_at_most_one_is_said_and_a_person_decides(desk: Desk) -> None:
    desk.platform.honours_key = desk.platform.reads_back = False
    desk.seats.cards["fake"] = desk.platform.network().card  # type: ignore[index]
    await open_with_one_article(desk)
    desk.platform.script(when="after")
    await desk.work()
    desk.clock.advance(hours=1)
    await desk.work()
    assert (DeliveryState.NEEDS_HUMAN, 1) == ((await said(desk)).state, texts(desk).count(FIRST))


async def test_a_worker_that_lost_its_lane_changes_nothing(desk: Desk) -> None:
    """It posts slowly; meanwhile another adopts its row: what the first brings home is not written."""
    await open_with_one_article(desk)
    network = await network_of(desk)
    publish = network.publish

    async def overtaken(post: Post, key: str, still: Still) -> Receipt:
        receipt = await publish(post, key, still)
        async with desk.store.write() as tx:
            row = await tx.get_one(Delivery, (await said(desk)).id)
            row.state, row.holder, row.due_at = DeliveryState.UNSURE, "another", desk.clock.now() + timedelta(minutes=2)
        return receipt

    network.publish = overtaken
    await desk.work()
    row = await said(desk)
    assert (DeliveryState.UNSURE, "another", "") == (row.state, row.holder, row.remote_id)


async def test_a_network_is_never_waited_for_longer_than_an_hour(desk: Desk) -> None:
    await open_with_one_article(desk)
    desk.platform.script(Throttled(say("Wait."), desk.clock.now() + timedelta(days=9)))
    await desk.work()
    desk.clock.advance(hours=1)
    await desk.work()
    assert DeliveryState.SENT == (await said(desk)).state
