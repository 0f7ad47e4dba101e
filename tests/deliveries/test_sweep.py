# SPDX-License-Identifier: AGPL-3.0-or-later
"""A server may carry a request out long after everybody gave it up: twins are found, and the younger taken back."""

from dataclasses import replace
from datetime import timedelta

import pytest
from desk import FIRST, Desk, open_with_one_article, texts

from relay.deliveries.sweep import ROUNDS, next_round
from relay.networks.port import Receipt
from relay.store import account as accounts
from relay.store.ledger import Delivery
from relay.strikes.plan import stop
from relay.terms import Action, DeliveryState


@pytest.fixture(autouse=True)
def without_key(desk: Desk) -> None:
    """A network such as GoToSocial: it reads back, and knows no key."""
    desk.platform.honours_key = False
    card = desk.platform.network().card
    desk.seats.cards["fake"] = card  # type: ignore[index]


def late(desk: Desk, text: str = FIRST) -> None:
    """The server carries out, now, the request it never answered."""
    known = next(said for said in desk.platform.said if said.post.text == text)
    number = f"{len(desk.platform.said) + 100}"
    receipt = Receipt(number, f"https://fake.example/@desk/{number}")
    desk.platform.said.append(replace(known, receipt=receipt))


async def doubtful(desk: Desk) -> None:
    """The first article's answer gets lost; the post is not there when the relay looks, and is said again."""
    await open_with_one_article(desk)
    desk.platform.script(when="before")
    await desk.work()
    assert DeliveryState.UNSURE == await state(desk, Action.PUBLISH)
    desk.clock.advance(minutes=3)
    await desk.work()
    assert DeliveryState.SENT == await state(desk, Action.PUBLISH)


async def rows(desk: Desk, action: Action) -> list[Delivery]:
    return [row for row in await desk.deliveries() if row.action == action and row.rank not in (0, 5)]


async def state(desk: Desk, action: Action) -> DeliveryState:
    return (await rows(desk, action))[-1].state


def test_the_rounds_are_counted_from_the_doubt(desk: Desk) -> None:
    now = desk.clock.now()
    assert [now + each for each in ROUNDS] == [
        next_round(now, now + after) for after in (timedelta(0), ROUNDS[0], ROUNDS[1])
    ]
    assert next_round(now, now + ROUNDS[2]) is None


async def test_a_late_twin_is_taken_back_and_the_older_stays(desk: Desk) -> None:
    await doubtful(desk)
    standing = desk.platform.posts("desk")[-1].receipt
    late(desk)
    desk.clock.advance(minutes=6)
    await desk.work()
    assert [standing] == [said.receipt for said in desk.platform.posts("desk") if said.post.text == FIRST]


async def test_a_twin_that_comes_after_the_first_round_is_found_by_the_next(desk: Desk) -> None:
    await doubtful(desk)
    desk.clock.advance(minutes=6)
    await desk.work()
    late(desk)
    desk.clock.advance(minutes=12)
    await desk.work()
    assert texts(desk).count(FIRST) == 1


async def test_sweeping_ends_after_the_last_round(desk: Desk) -> None:
    await doubtful(desk)
    for _ in range(7):
        desk.clock.advance(minutes=12)
        await desk.work()
    assert DeliveryState.SENT == await state(desk, Action.SWEEP)


async def test_nothing_is_swept_where_nothing_was_in_doubt(desk: Desk) -> None:
    await open_with_one_article(desk)
    await desk.work()
    assert [] == await rows(desk, Action.SWEEP)


async def test_what_a_server_carried_out_after_a_stop_counts_as_sent(desk: Desk) -> None:
    """The ledger tells the truth: the request had left before the stop, and the post stands."""
    await open_with_one_article(desk)
    desk.platform.script(when="before")
    await desk.work()
    async with desk.store.write() as tx:
        await stop(desk.newsroom, tx, 1, desk.clock.now())
    desk.clock.advance(minutes=3)
    await desk.work()
    assert DeliveryState.WITHDRAWN == await state(desk, Action.PUBLISH)
    row = (await rows(desk, Action.PUBLISH))[-1]
    start = desk.platform.posts("desk")[0]
    desk.platform.said.append(
        replace(
            start,
            key=row.key,
            post=replace(start.post, text=FIRST),
            receipt=Receipt("late", "https://fake.example/late"),
        )
    )
    desk.clock.advance(minutes=6)
    await desk.work()
    row = (await rows(desk, Action.PUBLISH))[-1]
    assert (DeliveryState.SENT, "late", "found") == (row.state, row.remote_id, row.reason)


async def test_an_orphan_is_swept_too(desk: Desk) -> None:
    await open_with_one_article(desk)
    await desk.work()
    async with desk.store.write() as tx:
        row = await tx.get_one(Delivery, (await rows(desk, Action.PUBLISH))[-1].id)
        row.state, row.holder, row.settled_at = DeliveryState.SENDING, "a dead process", None
    await desk.work()
    desk.clock.advance(minutes=3)
    await desk.work()
    assert DeliveryState.SENT == await state(desk, Action.PUBLISH)
    late(desk)
    desk.clock.advance(minutes=6)
    await desk.work()
    assert texts(desk).count(FIRST) == 1


async def test_a_look_that_has_grown_old_is_repeated_before_speaking_again(desk: Desk) -> None:
    """Looked, not found, then the host was away for an hour in which it carried the request out: look once more."""
    await open_with_one_article(desk)
    desk.platform.script(when="before")
    await desk.work()
    desk.clock.advance(minutes=3)
    async with desk.store.read() as tx:
        network = await desk.seats.connect((await accounts.of_newsroom(desk.newsroom, tx))[0])
    publish = network.publish

    async def away(*_: object) -> Receipt:
        desk.platform.open = False
        network.publish = publish  # type: ignore[method-assign]
        return await publish(*_)  # type: ignore[arg-type]

    network.publish = away  # type: ignore[method-assign]
    await desk.work()
    assert DeliveryState.UNSURE == await state(desk, Action.PUBLISH)
