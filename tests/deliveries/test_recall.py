# SPDX-License-Identifier: AGPL-3.0-or-later
"""A strike is recalled: what was posted is deleted, as fast as each network allows, what turns up late included."""

from dataclasses import replace
from datetime import timedelta
from itertools import islice

from desk import FIRST, Desk, open_with_one_article, texts

from relay.deliveries.recall import Recall, portions, recall
from relay.networks.port import Pace
from relay.store import account as accounts
from relay.store.strike import Strike
from relay.strikes.plan import stop
from relay.terms import Action, DeliveryState


async def recalled(desk: Desk) -> Recall:
    async with desk.store.write() as tx:
        await stop(desk.newsroom, tx, 1, desk.clock.now())
        return await recall(tx, await tx.get_one(Strike, 1), desk.seats.cards, desk.clock.now())


def test_deletions_keep_the_networks_pace(desk: Desk) -> None:
    now = desk.clock.now()
    later = now + timedelta(minutes=30)
    assert [(now, 30), (later, 30), (later + timedelta(minutes=30), 30)] == list(
        islice(portions(Pace(30, 1800), now), 3)
    )


def test_without_a_known_pace_all_are_due_at_once(desk: Desk) -> None:
    assert [(desk.clock.now(), None)] == list(portions(None, desk.clock.now()))


async def test_the_oldest_go_first_and_what_is_beyond_the_pace_later(desk: Desk) -> None:
    await open_with_one_article(desk, "desk", "union")
    await desk.see("Deux")
    await desk.work()
    card, now = desk.seats.cards["fake"], desk.clock.now()
    slow = replace(card, capabilities=replace(card.capabilities, withdrawals=Pace(2, 1800)))
    async with desk.store.write() as tx:
        told = await recall(tx, await tx.get_one(Strike, 1), {"fake": slow}, now)
    assert (6, now + timedelta(minutes=30), 0) == (told.posts, told.until, told.staying)
    planned = [row for row in await desk.deliveries() if row.action == Action.WITHDRAW]
    due = [(row.notice_id, row.account_id, row.due_at - now) for row in planned]
    assert 4 == len([each for each in due if each[2] == timedelta()])
    assert {(4, 1), (4, 2)} == {each[:2] for each in due if each[2] == timedelta(minutes=30)}


async def test_everything_posted_is_deleted_and_counts_as_withdrawn(desk: Desk) -> None:
    await open_with_one_article(desk)
    await desk.work()
    assert 2 == (await recalled(desk)).posts
    await desk.work()
    assert [] == texts(desk)
    published = {row.state for row in await desk.deliveries() if row.action == Action.PUBLISH}
    assert {DeliveryState.WITHDRAWN} == published


async def test_recalling_twice_deletes_once(desk: Desk) -> None:
    await open_with_one_article(desk)
    await desk.work()
    await recalled(desk)
    async with desk.store.write() as tx:
        again = await recall(tx, await tx.get_one(Strike, 1), desk.seats.cards, desk.clock.now())
    assert 0 == again.posts
    await desk.work()
    assert [] == texts(desk)


async def test_a_post_that_turns_up_after_the_recall_is_deleted_too(desk: Desk) -> None:
    """Its answer got lost before the stop; the look finds it, and it is taken back."""
    await open_with_one_article(desk)
    desk.platform.script(when="after")
    await desk.work()
    assert FIRST in texts(desk)
    await recalled(desk)
    for _ in range(3):
        desk.clock.advance(minutes=3)
        await desk.work()
    assert [] == texts(desk)
    assert DeliveryState.WITHDRAWN == [row for row in await desk.deliveries() if row.action == Action.PUBLISH][-1].state


async def test_a_deletion_that_fails_is_tried_again(desk: Desk) -> None:
    await open_with_one_article(desk)
    await desk.work()
    await recalled(desk)
    desk.platform.open = False
    await desk.work()
    desk.platform.open = True
    desk.clock.advance(minutes=3)
    await desk.work()
    assert [] == texts(desk)


async def test_posts_of_a_forgotten_account_stay_and_are_counted(desk: Desk) -> None:
    await open_with_one_article(desk)
    await desk.work()
    async with desk.store.write() as tx:
        for row in await accounts.of_newsroom(desk.newsroom, tx):
            row.sealed = b""
    told = await recalled(desk)
    assert (0, 2) == (told.posts, told.staying)
