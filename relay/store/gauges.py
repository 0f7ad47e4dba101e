# SPDX-License-Identifier: AGPL-3.0-or-later
"""Counts across all newsrooms, for those who watch over an instance: no row leaves here, and no name."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy
from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from relay.store.account import Account
from relay.store.article import Article
from relay.store.feed import WATCHED, Feed
from relay.store.ledger import Delivery
from relay.terms import AccountState, ArticleState, DeliveryState


@dataclass(frozen=True)
class Pile:
    """``count`` deliveries of one lane, rank and state; the first of them was due at ``due_at``."""

    lane: str
    rank: int
    state: DeliveryState
    count: int
    due_at: datetime


@dataclass(frozen=True)
class Tally:
    """What is counted besides: articles that wait for a person, feeds that fail, accounts that are paused."""

    held: int
    failing: int
    paused: int
    looked_at: datetime | None


async def piles(tx: AsyncSession) -> list[Pile]:
    """Every delivery, piled up. Read from the index ``ix_delivery_work`` alone."""
    group = (col(Delivery.lane), col(Delivery.rank), col(Delivery.state))
    query = sqlalchemy.select(*group, func.count(), func.min(Delivery.due_at)).group_by(*group)
    return [Pile(*row) for row in await (await tx.connection()).execute(query)]


async def tally(tx: AsyncSession) -> Tally:
    """All with one statement."""
    held = select(func.count()).select_from(Article).where(Article.state == ArticleState.HELD)
    failing = select(func.count()).select_from(Feed).where(WATCHED, Feed.failures > 0)
    paused = select(func.count()).select_from(Account)
    paused = paused.where(Account.state == AccountState.PAUSED, Account.sealed != b"")
    looked_at = select(func.max(Feed.looked_at)).where(WATCHED)
    parts = (each.scalar_subquery() for each in (held, failing, paused, looked_at))
    return Tally(*(await tx.exec(select(*parts))).one())


async def appointments(tx: AsyncSession, moment: datetime) -> Sequence[tuple[datetime | None, datetime]]:
    """Of every feed that should have been looked at before ``moment``: when it was, when it should have been."""
    query = select(Feed.looked_at, Feed.next_look_at).where(WATCHED, Feed.next_look_at < moment)
    return (await tx.exec(query)).all()


async def revision(tx: AsyncSession) -> str:
    """Alembic's revision of the schema."""
    query = sqlalchemy.text("SELECT version_num FROM alembic_version")
    return str((await (await tx.connection()).execute(query)).scalar())
