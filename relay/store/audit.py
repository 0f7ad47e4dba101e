# SPDX-License-Identifier: AGPL-3.0-or-later
"""All that an audit of one strike compares, read in one consistent state."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import defer
from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from relay.store.account import Account
from relay.store.article import Article
from relay.store.ledger import Delivery, Notice
from relay.store.strike import Slot, Strike, Target
from relay.terms import Action


@dataclass(frozen=True)
class Books:
    """``targets``: forgotten accounts too. ``articles``: all that were seen between the first opening and the last
    closing. ``deliveries``: those that publish; their ``post`` is not loaded. ``shared``: those whose receipt another
    delivery of the newsroom has too.
    """

    strike: Strike
    slots: Sequence[Slot]
    targets: Sequence[Account]
    articles: Sequence[Article]
    notices: Sequence[Notice]
    deliveries: Sequence[Delivery]
    shared: frozenset[int]


async def books(newsroom: int, tx: AsyncSession, strike: int) -> Books | None:
    """The books of a strike, or None if the newsroom has none such."""
    row = (await tx.exec(select(Strike).where(Strike.newsroom_id == newsroom, Strike.id == strike))).first()
    if row is None:
        return None
    slots = (await tx.exec(select(Slot).where(Slot.strike_id == strike).order_by(col(Slot.opens)))).all()
    accounts = select(Account).join(Target).where(Account.newsroom_id == newsroom, Target.strike_id == strike)
    notices = select(Notice).where(Notice.newsroom_id == newsroom, Notice.strike_id == strike)
    said = select(Delivery).where(Delivery.newsroom_id == newsroom, Delivery.strike_id == strike)
    said = said.where(Delivery.action == Action.PUBLISH).options(defer(col(Delivery.post)))  # type: ignore[arg-type]
    return Books(
        strike=row,
        slots=slots,
        targets=(await tx.exec(accounts.order_by(col(Account.id)))).all(),
        articles=await _articles(newsroom, tx, slots),
        notices=(await tx.exec(notices.order_by(col(Notice.id)))).all(),
        deliveries=(await tx.exec(said.order_by(col(Delivery.id)))).all(),
        shared=await _shared(newsroom, tx, strike),
    )


@dataclass(frozen=True)
class Said:
    """A delivery that publishes, its post loaded, with what it speaks of."""

    delivery: Delivery
    notice: Notice
    article: Article | None


async def said(newsroom: int, tx: AsyncSession, strike: int, account: int) -> list[Said]:
    """What a strike has said, or not, on one account."""
    query = (
        select(Delivery, Notice, Article)
        .join(Notice, col(Delivery.notice_id) == col(Notice.id))
        .outerjoin(Article, col(Notice.article_id) == col(Article.id))
        .where(Delivery.newsroom_id == newsroom, Delivery.strike_id == strike, Delivery.account_id == account)
        .where(Delivery.action == Action.PUBLISH)
        .order_by(col(Delivery.id))
    )
    return [Said(*row) for row in (await tx.exec(query)).all()]


async def receipts(newsroom: int, tx: AsyncSession, account: int) -> set[str]:
    """The network's ids of all that any strike has said on an account."""
    query = select(Delivery.remote_id).where(Delivery.newsroom_id == newsroom, Delivery.account_id == account)
    return set((await tx.exec(query.where(Delivery.action == Action.PUBLISH, Delivery.remote_id != ""))).all())


async def _articles(newsroom: int, tx: AsyncSession, slots: Sequence[Slot]) -> Sequence[Article]:
    if not slots:
        return ()
    opens, closes = min(slot.opens for slot in slots), max(slot.closes for slot in slots)
    query = select(Article).where(Article.newsroom_id == newsroom, Article.seen_at >= opens, Article.seen_at < closes)
    return (await tx.exec(query.order_by(col(Article.seen_at), col(Article.id)))).all()


async def _shared(newsroom: int, tx: AsyncSession, strike: int) -> frozenset[int]:
    publishes = (Delivery.newsroom_id == newsroom, Delivery.action == Action.PUBLISH, Delivery.remote_id != "")
    receipt = (col(Delivery.account_id), col(Delivery.remote_id))
    twice = select(*receipt).where(*publishes).group_by(*receipt).having(func.count() > 1).subquery()
    query = select(Delivery.id).join(
        twice, (twice.c.account_id == Delivery.account_id) & (twice.c.remote_id == Delivery.remote_id)
    )
    rows = await tx.exec(query.where(*publishes, Delivery.strike_id == strike))
    return frozenset(number for number in rows.all() if number is not None)
