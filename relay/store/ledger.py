# SPDX-License-Identifier: AGPL-3.0-or-later
"""The ledger: one delivery a (notice, account, action). State, outbox and proof are the same row."""

from datetime import datetime
from typing import Any

from sqlmodel import JSON, Field, Index, SQLModel, UniqueConstraint, col, func, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from relay.store.account import Account
from relay.store.columns import Moment, word
from relay.terms import Action, DeliveryState, NoticeKind


class Notice(SQLModel, table=True):
    """What is said about one subject of a strike: ``article/17``, ``start/3`` or ``end/3`` (a window).

    ``number`` counts the strike's article notices and turns the wordings.
    """

    __table_args__ = (UniqueConstraint("strike_id", "subject"),)

    id: int | None = Field(default=None, primary_key=True)
    newsroom_id: int = Field(foreign_key="newsroom.id", index=True)
    strike_id: int = Field(foreign_key="strike.id")
    slot_id: int = Field(foreign_key="slot.id")
    article_id: int | None = Field(default=None, foreign_key="article.id")
    kind: NoticeKind = Field(sa_column=word(NoticeKind))
    subject: str
    number: int
    made_at: datetime = Field(sa_type=Moment)


class Delivery(SQLModel, table=True):
    """One notice for one account.

    What was claimed is frozen: ``post``, ``key`` and ``first_try_at`` never change after.
    ``not_after``: no first byte leaves at or after it (None: no bound). ``holder`` fences the claim.
    """

    __table_args__ = (
        UniqueConstraint("notice_id", "account_id", "action"),
        Index("ix_delivery_work", "lane", "state", "rank", "due_at", "id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    newsroom_id: int = Field(foreign_key="newsroom.id", index=True)
    strike_id: int = Field(foreign_key="strike.id", index=True)
    notice_id: int = Field(foreign_key="notice.id")
    account_id: int = Field(foreign_key="account.id", index=True)
    action: Action = Field(sa_column=word(Action))
    lane: str
    rank: int
    state: DeliveryState = Field(sa_column=word(DeliveryState))
    due_at: datetime = Field(sa_type=Moment)
    not_after: datetime | None = Field(default=None, sa_type=Moment)
    tries: int = 0
    holder: str = ""
    key: str = ""
    post: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    first_try_at: datetime | None = Field(default=None, sa_type=Moment)
    settled_at: datetime | None = Field(default=None, sa_type=Moment)
    remote_id: str = ""
    remote_url: str = ""
    revision: str = ""
    memo: str = ""
    reason: str = ""


async def of_strike(newsroom: int, tx: AsyncSession, strike: int) -> list[tuple[Delivery, Notice, Account]]:
    """The deliveries of a strike with their notices and accounts, in the order they were planned."""
    query = (
        select(Delivery, Notice, Account)
        .join(Notice, col(Delivery.notice_id) == col(Notice.id))
        .join(Account, col(Delivery.account_id) == col(Account.id))
        .where(Delivery.newsroom_id == newsroom, Delivery.strike_id == strike)
        .order_by(col(Delivery.id))
    )
    return list((await tx.exec(query)).all())


async def articles_noticed(newsroom: int, tx: AsyncSession, strike: int) -> int:
    """How many articles of a strike have a notice planned or sent."""
    query = select(func.count()).select_from(Notice)
    query = query.where(Notice.newsroom_id == newsroom, Notice.strike_id == strike, Notice.kind == NoticeKind.ARTICLE)
    return (await tx.exec(query)).one()


async def withdraw_waiting(newsroom: int, tx: AsyncSession, strike: int, now: datetime, reason: str) -> int:
    """Take back every notice of a strike that has not left; returns how many."""
    query = (
        update(Delivery)
        .where(
            col(Delivery.newsroom_id) == newsroom,
            col(Delivery.strike_id) == strike,
            col(Delivery.action).in_([Action.PUBLISH, Action.PIN]),
            col(Delivery.state) == DeliveryState.PENDING,
        )
        .values(state=DeliveryState.WITHDRAWN, settled_at=now, reason=reason)
    )
    return int((await tx.exec(query)).rowcount)


async def speaking(newsroom: int, tx: AsyncSession, strike: int) -> int:
    """How many notices of a strike are being said this moment, or are in doubt."""
    query = select(func.count()).select_from(Delivery)
    query = query.where(Delivery.newsroom_id == newsroom, Delivery.strike_id == strike)
    query = query.where(Delivery.action == Action.PUBLISH)
    return (await tx.exec(query.where(col(Delivery.state).in_([DeliveryState.SENDING, DeliveryState.UNSURE])))).one()


async def withdraw_account(
    newsroom: int, tx: AsyncSession, account: int, now: datetime, reason: str
) -> dict[Action, int]:
    """Take back whatever waits on an account, pins and their taking off included; returns how many of each."""
    waiting = (
        col(Delivery.newsroom_id) == newsroom,
        col(Delivery.account_id) == account,
        col(Delivery.state).in_([DeliveryState.PENDING, DeliveryState.UNSURE]),
    )
    query = select(Delivery.action, func.count()).where(*waiting).group_by(col(Delivery.action))
    found = {Action(action): n for action, n in (await tx.exec(query)).all()}
    await tx.exec(
        update(Delivery).where(*waiting).values(state=DeliveryState.WITHDRAWN, settled_at=now, reason=reason, holder="")
    )
    return found


async def bring_forward(newsroom: int, tx: AsyncSession, strike: int, now: datetime) -> None:
    """Make the waiting unpins of a strike due now: its day is over early."""
    query = (
        update(Delivery)
        .where(
            col(Delivery.newsroom_id) == newsroom,
            col(Delivery.strike_id) == strike,
            col(Delivery.action) == Action.UNPIN,
            col(Delivery.state) == DeliveryState.PENDING,
        )
        .values(due_at=now)
    )
    await tx.exec(query)


async def move_lane(newsroom: int, tx: AsyncSession, account: int, lane: str) -> None:
    """Take the waiting deliveries of an account over to the lane it now belongs to."""
    query = update(Delivery).where(col(Delivery.newsroom_id) == newsroom, col(Delivery.account_id) == account)
    await tx.exec(query.where(col(Delivery.settled_at).is_(None)).values(lane=lane))
