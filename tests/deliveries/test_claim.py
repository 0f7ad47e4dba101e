# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a claim freezes, and what it refuses before anybody is asked."""

from datetime import timedelta

from desk import FIRST, LANE, NINETEEN, Desk, open_with_one_article, texts
from sqlmodel import select

from relay.faults import Throttled
from relay.i18n import say
from relay.networks import tid
from relay.networks.port import Post, Receipt, Still
from relay.store.account import Account
from relay.store.ledger import Delivery
from relay.store.strike import Phrase
from relay.terms import Action, DeliveryState, NoticeKind


async def said(desk: Desk) -> Delivery:
    return next(row for row in await desk.deliveries() if row.action == Action.PUBLISH and row.rank == 10)


async def test_what_was_claimed_once_is_said_as_it_was_frozen(desk: Desk) -> None:
    """The network asks for a pause, and meanwhile the wording is changed: a retry is the same post, key and date."""
    await open_with_one_article(desk)
    desk.platform.script(Throttled(say("Wait."), desk.clock.now() + timedelta(minutes=1)))
    await desk.work()
    first = await said(desk)
    async with desk.store.write() as tx:
        (await tx.exec(select(Phrase).where(Phrase.kind == NoticeKind.ARTICLE))).one().text = "Autre chose {lien}"
    desk.clock.advance(minutes=2)
    await desk.work()
    assert FIRST == texts(desk)[-1]
    assert (first.key, first.post) == ((await said(desk)).key, (await said(desk)).post)


async def test_a_repeat_has_the_record_key_of_the_first_attempt(desk: Desk) -> None:
    """Nobody answers, and it is not there: Bluesky, which makes a record's key of its date, is told the same record."""
    await open_with_one_article(desk)
    async with desk.store.read() as tx:
        network = await desk.seats.connect((await tx.exec(select(Account))).one())
    publish, records = network.publish, []

    async def watched(post: Post, key: str, still: Still) -> Receipt:
        records.append(tid.derive(post.created_at, key))
        return await publish(post, key, still)

    network.publish = watched  # type: ignore[method-assign]
    desk.platform.script(when="before")
    await desk.work()
    desk.clock.advance(minutes=3)
    await desk.work()
    assert [records[0]] * 2 == records


async def test_what_is_too_late_is_refused_before_anything_is_asked_of_the_network(desk: Desk) -> None:
    await open_with_one_article(desk)
    desk.clock.move_to(NINETEEN)
    await desk.courier.drain(LANE)
    row = await said(desk)
    assert (DeliveryState.EXPIRED, 0) == (row.state, row.tries)
