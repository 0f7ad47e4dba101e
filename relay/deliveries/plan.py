# SPDX-License-Identifier: AGPL-3.0-or-later
"""Plan notices and their deliveries, in the transaction that learnt the reason. Planning twice changes nothing."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from relay.deliveries.beside import beside
from relay.store.article import Article
from relay.store.columns import saved
from relay.store.fanout import fan_out, lanes
from relay.store.ledger import Delivery, Notice
from relay.store.strike import Slot, Strike
from relay.terms import Action, NoticeKind

RANK = {NoticeKind.START: 0, NoticeKind.END: 5, NoticeKind.ARTICLE: 10}


async def answer(tx: AsyncSession, strike: Strike, slot: Slot, articles: Sequence[Article], now: datetime) -> set[str]:
    """One notice an article, one delivery an account; returns the lanes that have work."""
    if not articles:
        return set()
    notices = await _notices(tx, strike, slot, NoticeKind.ARTICLE, [saved(each.id) for each in articles], now)
    age, bounds = timedelta(seconds=strike.age_limit), defaultdict[datetime, list[int]](list)
    for article, notice in zip(articles, notices, strict=True):
        bounds[min(slot.closes, article.seen_at + age)].append(notice)
    for not_after, some in bounds.items():
        await fan_out(tx, some, RANK[NoticeKind.ARTICLE], now, not_after)
    return await lanes(tx, saved(strike.id))


async def open_slot(tx: AsyncSession, strike: Strike, slot: Slot, now: datetime, end_lead: timedelta) -> set[str]:
    """The start notice, due now, and the end notice, due shortly before the window closes; returns the lanes."""
    lead = min(end_lead, (slot.closes - slot.opens) / 20)
    for kind, due in ((NoticeKind.START, now), (NoticeKind.END, slot.closes - lead)):
        notices = await _notices(tx, strike, slot, kind, [None], now)
        await fan_out(tx, notices, RANK[kind], max(now, due), slot.closes)
    slot.opened = True
    tx.add(slot)
    return await lanes(tx, saved(strike.id))


def pin(tx: AsyncSession, start: Delivery, closes: datetime, now: datetime) -> None:
    """Once the start notice is out: pin it now, take the pin off when the window closes."""
    tx.add(beside(start, Action.PIN, now, closes))
    tx.add(beside(start, Action.UNPIN, closes))


async def _notices(
    tx: AsyncSession, strike: Strike, slot: Slot, kind: NoticeKind, articles: Sequence[int | None], now: datetime
) -> list[int]:
    """The notices of these articles, or the one of the window, in order; those that are missing are made."""
    subjects = {f"{kind}/{slot.id if article is None else article}": article for article in articles}
    asked = select(Notice).where(Notice.strike_id == strike.id, col(Notice.subject).in_(subjects))
    known = {notice.subject: notice for notice in (await tx.exec(asked)).all()}
    missing = [subject for subject in subjects if subject not in known]
    for number, subject in enumerate(missing, await _first(tx, strike, slot, kind) if missing else 0):
        known[subject] = Notice(
            newsroom_id=strike.newsroom_id,
            strike_id=saved(strike.id),
            slot_id=saved(slot.id),
            article_id=subjects[subject],
            kind=kind,
            subject=subject,
            number=number,
            made_at=now,
        )
        tx.add(known[subject])
    await tx.flush()
    return [saved(known[subject].id) for subject in subjects]


async def _first(tx: AsyncSession, strike: Strike, slot: Slot, kind: NoticeKind) -> int:
    """The number of the next notice of its kind."""
    if kind == NoticeKind.ARTICLE:
        same = select(func.count()).select_from(Notice).where(Notice.strike_id == strike.id, Notice.kind == kind)
        return (await tx.exec(same)).one()
    # By its place among the windows, so that a ledger read from a backup would say it in the same words.
    earlier = select(func.count()).select_from(Slot).where(Slot.strike_id == strike.id, Slot.opens < slot.opens)
    return (await tx.exec(earlier)).one()
