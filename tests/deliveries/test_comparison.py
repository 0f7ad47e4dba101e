# SPDX-License-Identifier: AGPL-3.0-or-later
"""The ledger against what stands on the accounts: deleted, twice, unknown, unreadable."""

from dataclasses import replace
from datetime import timedelta

import pytest
from desk import FIRST, KEYRING, NINETEEN, Desk, open_with_one_article
from sqlmodel import update

from relay.deliveries.audit import Gap, Wrong
from relay.deliveries.comparison import read_back
from relay.deliveries.reconcile import Reader
from relay.deliveries.seats import Seats
from relay.faults import Unreachable
from relay.i18n import say
from relay.store.ledger import Delivery
from relay.terms import DeliveryState


async def compared(desk: Desk) -> list[Gap]:
    return await read_back(Reader(desk.store, desk.clock, desk.seats.cards, desk.seats.connect), desk.newsroom, 1)


@pytest.fixture
async def said(desk: Desk) -> Desk:
    """The start and one article stand on the account."""
    await open_with_one_article(desk)
    await desk.work()
    assert [FIRST] == [each.post.text for each in desk.platform.posts("desk")][1:]
    return desk


def again(desk: Desk, text: str) -> None:
    """Another post of the account."""
    desk.platform.publish("desk", replace(desk.platform.said[1].post, text=text), f"another {text}")


async def test_ledger_and_page_agree(said: Desk) -> None:
    assert [] == await compared(said)


async def test_a_strike_that_was_never_opened_is_asked_nothing(desk: Desk) -> None:
    await desk.strike(await desk.account())
    desk.platform.open = False
    assert [] == await compared(desk)


async def test_a_deleted_post_is_missed(said: Desk) -> None:
    said.platform.withdraw(said.platform.said[1].receipt)
    gaps = await compared(said)
    assert [(Wrong.GONE, "Un", "@desk")] == [(gap.wrong, gap.title, gap.account) for gap in gaps]


async def test_twins_are_found_whatever_the_server_did_to_the_words(said: Desk) -> None:
    again(said, FIRST.replace("« Un »", "«Un»").replace(" ", "  "))
    gaps = await compared(said)
    assert [(Wrong.TWIN, "https://fake.example/@desk/3")] == [(gap.wrong, gap.url) for gap in gaps]


async def test_what_stands_although_it_was_given_up_is_named(said: Desk) -> None:
    """The ledger says expired or withdrawn, the page says otherwise."""
    async with said.store.write() as tx:
        gone = {"state": DeliveryState.EXPIRED, "remote_id": ""}
        await tx.exec(update(Delivery).where(Delivery.remote_id == "2").values(gone))
        await tx.exec(update(Delivery).where(Delivery.remote_id == "1").values(state=DeliveryState.WITHDRAWN))
    assert [Wrong.STANDING, Wrong.STANDING] == [gap.wrong for gap in await compared(said)]


async def test_what_a_restored_ledger_never_put_into_words_is_known_by_its_link(said: Desk) -> None:
    """Expired before it was claimed anew: the words it was said in are forgotten."""
    async with said.store.write() as tx:
        gone = {"state": DeliveryState.EXPIRED, "remote_id": "", "post": None}
        await tx.exec(update(Delivery).where(Delivery.remote_id == "2").values(gone))
    assert [Wrong.STANDING] == [gap.wrong for gap in await compared(said)]


async def test_a_strangers_post_about_the_article_is_only_mentioned(said: Desk) -> None:
    """Perhaps the newsroom's own machine has posted it: it is nobody's fault."""
    again(said, "À lire : http://www.journal.example/Un?utm_source=x")
    again(said, "Bonjour à tous")
    assert [Wrong.STRANGER] == [gap.wrong for gap in await compared(said)]


async def test_what_is_being_said_this_moment_is_no_twin(said: Desk) -> None:
    async with said.store.write() as tx:
        on_its_way = {"state": DeliveryState.SENDING, "remote_id": "", "settled_at": None}
        await tx.exec(update(Delivery).where(Delivery.remote_id == "2").values(on_its_way))
    assert [] == await compared(said)


async def test_an_account_that_does_not_answer_is_named_and_the_others_are_compared(desk: Desk) -> None:
    await open_with_one_article(desk, "desk", "union")
    await desk.work()
    desk.platform.withdraw(desk.platform.posts("union")[0].receipt)
    desk.platform.script(Unreachable(say("Nobody is there. Wait.")))
    gaps = await compared(desk)
    assert [(Wrong.UNREAD, "@desk"), (Wrong.GONE, "@union")] == [(gap.wrong, gap.account) for gap in gaps]
    assert "Nobody is there. Wait." == gaps[0].words


async def test_a_network_that_shows_nothing_is_not_compared(said: Desk) -> None:
    said.platform.reads_back = False
    seats = Seats(said.store, said.outside, {"fake": said.platform.network()}, KEYRING)
    gaps = await read_back(Reader(said.store, said.clock, seats.cards, seats.connect), said.newsroom, 1)
    assert [Wrong.UNREADABLE] == [gap.wrong for gap in gaps]


async def test_after_the_day_the_page_is_still_compared(said: Desk) -> None:
    said.clock.move_to(NINETEEN + timedelta(days=1))
    said.platform.withdraw(said.platform.said[0].receipt)
    assert [Wrong.GONE] == [gap.wrong for gap in await compared(said)]
