# SPDX-License-Identifier: AGPL-3.0-or-later
"""The conservation law: articles × accounts = sent + expired + withdrawn + refused + needs a person; no gap hides."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from desk import NINE, NINETEEN, Desk, open_with_one_article
from sqlmodel import delete, select, update

from relay.deliveries import audit, farewell
from relay.deliveries.audit import Report, Wrong
from relay.store.account import Account
from relay.store.article import Article
from relay.store.ledger import Delivery, Notice
from relay.store.strike import Slot
from relay.strikes.plan import arm, stop
from relay.terms import Action, ArticleState, DeliveryState, NoticeKind

Damage = Callable[[Any], Awaitable[object]]
FIRST_ANSWER = (Delivery.notice_id == 3, Delivery.action == Action.PUBLISH)


async def audited(desk: Desk) -> Report:
    return await audit.of_strike(desk.store, desk.newsroom, 1, desk.clock.now())


async def a_day(desk: Desk, *handles: str) -> None:
    """A whole day: two articles, every notice said, the pin taken off again."""
    await open_with_one_article(desk, *handles)
    await desk.work()
    await desk.see("Deux")
    for moment in (NINE + timedelta(hours=1), NINETEEN - timedelta(minutes=1), NINETEEN):
        desk.clock.move_to(moment)
        await desk.work()


async def test_the_audit_adds_up(desk: Desk) -> None:
    """Two articles, a start and an end on two accounts: eight deliveries, all of them sent."""
    await a_day(desk, "desk", "union")
    report = await audited(desk)
    assert (2, 2, 8, {DeliveryState.SENT: 8}) == (report.articles, report.accounts, report.expected, report.states)
    assert report.adds_up


async def test_what_waits_is_no_gap_while_the_window_is_open(desk: Desk) -> None:
    desk.platform.open = False
    await open_with_one_article(desk)
    await desk.work()
    assert {DeliveryState.PENDING: 3} == (await audited(desk)).states
    assert (await audited(desk)).adds_up


async def test_what_expired_and_what_was_withdrawn_adds_up(desk: Desk) -> None:
    """A way to end is not a gap."""
    desk.platform.open = False
    await open_with_one_article(desk)
    await desk.work()
    desk.clock.advance(hours=7)
    await desk.edges.turn()
    async with desk.store.write() as tx:
        await stop(desk.newsroom, tx, 1, desk.clock.now())
    report = await audited(desk)
    assert {DeliveryState.EXPIRED: 1, DeliveryState.WITHDRAWN: 2} == report.states
    assert report.adds_up


async def test_what_needs_no_notice_is_counted_apart(desk: Desk) -> None:
    """Held, dropped and silent articles, and one that was published before the window."""
    await a_day(desk)
    desk.clock.move_to(NINE + timedelta(hours=2))
    await desk.see("Avant", looked_at=NINE - timedelta(hours=3), published=NINE - timedelta(hours=1))
    async with desk.store.write() as tx:
        for state in (ArticleState.HELD, ArticleState.DROPPED, ArticleState.SILENT):
            row = Article(newsroom_id=1, feed_id=1, link="x", title="x", seen_at=desk.clock.now(), state=state)
            tx.add(row)
    report = await audited(desk)
    assert {"held": 1, "dropped": 1, "silent": 1, "earlier": 1} == dict(report.left_out)
    assert (2, 4) == (report.articles, report.expected)
    assert report.adds_up


async def test_a_strike_armed_in_the_middle_of_its_window_answers_from_then_on(desk: Desk) -> None:
    desk.clock.move_to(NINE + timedelta(hours=1))
    await desk.see("Trop tôt")
    desk.clock.advance(minutes=1)
    await desk.strike(await desk.account())
    await desk.edges.turn()
    await desk.see("Un")
    desk.clock.move_to(NINETEEN)
    await desk.work()
    report = await audited(desk)
    assert (1, True) == (report.articles, report.adds_up)


async def test_an_account_that_was_away_owes_nothing_for_that_time(desk: Desk) -> None:
    """Forgotten at ten, connected again at noon: the article of eleven is not missing on it."""
    await open_with_one_article(desk, "desk", "union")
    await desk.work()
    desk.clock.move_to(NINE + timedelta(hours=1))
    union = (await desk.deliveries())[1]
    async with desk.store.read() as tx:
        account = await tx.get_one(Account, union.account_id)
    await farewell.forget(desk.seats, desk.store, account, desk.clock.now())
    desk.clock.advance(hours=1)
    await desk.see("Deux")
    await desk.work()
    assert (await audited(desk)).adds_up
    desk.clock.advance(hours=1)
    desk.platform.revoked.clear()
    await desk.account(account.remote_id)
    await desk.see("Trois")
    await desk.work()
    report = await audited(desk)
    assert report.adds_up, report.gaps
    assert 9 == report.expected


async def lose_the_notice(tx: Any) -> None:
    lost = (await tx.exec(select(Notice).where(Notice.kind == NoticeKind.ARTICLE))).first()
    await tx.exec(delete(Delivery).where(Delivery.notice_id == lost.id))
    await tx.delete(lost)


async def lose_the_end(tx: Any) -> None:
    await tx.exec(delete(Delivery).where(Delivery.notice_id == 2))
    await tx.exec(delete(Notice).where(Notice.id == 2))


async def lose_a_delivery(tx: Any) -> None:
    await tx.exec(delete(Delivery).where(*FIRST_ANSWER))


async def leave_it_unsure(tx: Any) -> None:
    await tx.exec(update(Delivery).where(*FIRST_ANSWER).values(state=DeliveryState.UNSURE))


async def lose_the_receipt(tx: Any) -> None:
    await tx.exec(update(Delivery).where(*FIRST_ANSWER).values(remote_id=""))


async def give_it_anothers_receipt(tx: Any) -> None:
    await tx.exec(update(Delivery).where(*FIRST_ANSWER).values(remote_id="1", account_id=1))


async def begin_it_at_the_end(tx: Any) -> None:
    await tx.exec(update(Delivery).where(*FIRST_ANSWER).values(first_try_at=Delivery.not_after))


async def begin_it_before_the_opening(tx: Any) -> None:
    early = NINE - timedelta(seconds=1)
    await tx.exec(update(Delivery).where(*FIRST_ANSWER).values(first_try_at=early))


async def hold_an_answered_article(tx: Any) -> None:
    await tx.exec(update(Article).where(Article.id == 1).values(state=ArticleState.HELD))


async def never_open_a_second_window(tx: Any) -> None:
    tx.add(Slot(strike_id=1, opens=NINE + timedelta(hours=1), closes=NINETEEN - timedelta(hours=8)))


@pytest.mark.parametrize(
    ("damage", "wrong"),
    [
        (lose_the_notice, [Wrong.UNANSWERED]),
        (lose_the_end, [Wrong.UNANNOUNCED]),
        (lose_a_delivery, [Wrong.UNDELIVERED]),
        (leave_it_unsure, [Wrong.UNSETTLED]),
        (lose_the_receipt, [Wrong.UNPROVEN]),
        (give_it_anothers_receipt, [Wrong.SHARED, Wrong.SHARED]),
        (begin_it_at_the_end, [Wrong.OUTSIDE]),
        (begin_it_before_the_opening, [Wrong.OUTSIDE]),
        (hold_an_answered_article, [Wrong.UNASKED]),
        (never_open_a_second_window, [Wrong.UNOPENED]),
    ],
    ids=lambda each: getattr(each, "__name__", ""),
)
async def test_every_gap_is_named(desk: Desk, damage: Damage, wrong: list[Wrong]) -> None:
    await a_day(desk)
    async with desk.store.write() as tx:
        await damage(tx)
    report = await audited(desk)
    assert wrong == [gap.wrong for gap in report.gaps]
    assert not report.adds_up


async def test_an_article_overtaken_by_a_stop_may_lie_on_either_side(desk: Desk) -> None:
    """The look and the stop were committed at the same moment, by two processes: either order is right."""
    await open_with_one_article(desk)
    desk.clock.advance(minutes=1)
    async with desk.store.write() as tx:
        await stop(desk.newsroom, tx, 1, desk.clock.now())
    desk.clock.advance(seconds=-1)
    await desk.see("Juste avant")
    desk.clock.advance(seconds=2)
    await desk.see("Juste après")
    desk.clock.advance(minutes=1)
    await desk.see("Plus tard")
    report = await audited(desk)
    assert report.adds_up, report.gaps
    assert {DeliveryState.SENT: 1, DeliveryState.WITHDRAWN: 2} == report.states


async def test_a_window_that_a_stop_prevented_is_no_gap(desk: Desk) -> None:
    row = await desk.strike(await desk.account())
    async with desk.store.write() as tx:
        await stop(desk.newsroom, tx, 1, desk.clock.now())
    desk.clock.move_to(NINETEEN)
    assert (await audited(desk)).adds_up
    async with desk.store.write() as tx:
        tx.add(Slot(strike_id=1, opens=NINETEEN, closes=NINETEEN + timedelta(hours=1)))
        await tx.flush()
        await arm(desk.newsroom, tx, row.id or 0, desk.clock.now())
    await desk.edges.turn()
    assert (await audited(desk)).adds_up


async def test_another_newsrooms_strike_is_not_there(desk: Desk) -> None:
    await desk.strike(await desk.account())
    with pytest.raises(LookupError):
        await audit.of_strike(desk.store, 2, 1, desk.clock.now())
