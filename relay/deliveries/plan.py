# SPDX-License-Identifier: AGPL-3.0-or-later
"""Plan notices and their deliveries, in the transaction that learnt the reason. Planning twice changes nothing."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlmodel import func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from relay.deliveries.beside import beside
from relay.store.account import Account
from relay.store.article import Article
from relay.store.columns import saved
from relay.store.ledger import Delivery, Notice
from relay.store.strike import Slot, Strike
from relay.store.strike import targets as targets_of
from relay.terms import Action, DeliveryState, NoticeKind

RANK = {NoticeKind.START: 0, NoticeKind.END: 5, NoticeKind.ARTICLE: 10}


async def answer(tx: AsyncSession, strike: Strike, slot: Slot, articles: Sequence[Article], now: datetime) -> set[str]:
    """One notice an article, one delivery an account; returns the lanes that have work."""
    lanes: set[str] = set()
    accounts = await targets_of(strike.newsroom_id, tx, saved(strike.id))
    for article in articles:
        stale = article.seen_at + timedelta(seconds=strike.age_limit)
        notice = await _notice(tx, strike, slot, NoticeKind.ARTICLE, article, now)
        lanes |= await _deliver(tx, notice, accounts, due=now, not_after=min(slot.closes, stale))
    return lanes


async def open_slot(tx: AsyncSession, strike: Strike, slot: Slot, now: datetime, end_lead: timedelta) -> set[str]:
    """The start notice, due now, and the end notice, due shortly before the window closes; returns the lanes."""
    lanes: set[str] = set()
    accounts = await targets_of(strike.newsroom_id, tx, saved(strike.id))
    lead = min(end_lead, (slot.closes - slot.opens) / 20)
    for kind, due in ((NoticeKind.START, now), (NoticeKind.END, slot.closes - lead)):
        notice = await _notice(tx, strike, slot, kind, None, now)
        lanes |= await _deliver(tx, notice, accounts, due=max(now, due), not_after=slot.closes)
    slot.opened = True
    tx.add(slot)
    return lanes


def pin(tx: AsyncSession, start: Delivery, closes: datetime, now: datetime) -> None:
    """Once the start notice is out: pin it now, take the pin off when the window closes."""
    tx.add(beside(start, Action.PIN, now, closes))
    tx.add(beside(start, Action.UNPIN, closes))


async def _notice(
    tx: AsyncSession, strike: Strike, slot: Slot, kind: NoticeKind, article: Article | None, now: datetime
) -> Notice:
    subject = f"{kind}/{slot.id if article is None else article.id}"
    known = (await tx.exec(select(Notice).where(Notice.strike_id == strike.id, Notice.subject == subject))).first()
    if known is not None:
        return known
    same = select(func.count()).select_from(Notice).where(Notice.strike_id == strike.id, Notice.kind == kind)
    # By its place among the windows, so that a ledger read from a backup would say it in the same words.
    earlier = select(func.count()).select_from(Slot).where(Slot.strike_id == strike.id, Slot.opens < slot.opens)
    notice = Notice(
        newsroom_id=strike.newsroom_id,
        strike_id=saved(strike.id),
        slot_id=saved(slot.id),
        article_id=None if article is None else article.id,
        kind=kind,
        subject=subject,
        number=(await tx.exec(earlier if article is None else same)).one(),
        made_at=now,
    )
    tx.add(notice)
    await tx.flush()
    return notice


async def _deliver(
    tx: AsyncSession, notice: Notice, accounts: Sequence[Account], *, due: datetime, not_after: datetime
) -> set[str]:
    planned = select(Delivery.account_id).where(Delivery.notice_id == notice.id, Delivery.action == Action.PUBLISH)
    known = set((await tx.exec(planned)).all())
    new = [account for account in accounts if account.id not in known]
    for account in new:
        tx.add(
            Delivery(
                newsroom_id=notice.newsroom_id,
                strike_id=notice.strike_id,
                notice_id=saved(notice.id),
                account_id=saved(account.id),
                action=Action.PUBLISH,
                lane=account.lane,
                rank=RANK[notice.kind],
                state=DeliveryState.PENDING,
                due_at=due,
                not_after=not_after,
            )
        )
    return {account.lane for account in new}
