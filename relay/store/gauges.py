# SPDX-License-Identifier: AGPL-3.0-or-later
"""Counts across all newsrooms, for those who watch over an instance: no row leaves here, and no name."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy
from sqlalchemy import ColumnElement
from sqlmodel import col, func, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from relay.store import looks
from relay.store.account import Account
from relay.store.article import Article
from relay.store.feed import TROUBLED, WATCHED, Feed
from relay.store.ledger import Delivery
from relay.terms import AccountState, ArticleState, DeliveryState

SAMPLE = 20  # feeds of a ward that are asked after


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
    """What is counted besides: articles that wait for a person, accounts that are paused, and feeds: all that are
    watched, and of those the ones that fail and the ones in quarantine; those given up, which are not watched any more.
    ``due_at``: of the feed that waits longest to be looked at, or is to be looked at next.
    """

    held: int = 0
    paused: int = 0
    feeds: int = 0
    failing: int = 0
    quarantined: int = 0
    off: int = 0
    due_at: datetime | None = None


async def piles(tx: AsyncSession) -> list[Pile]:
    """Every delivery, piled up. Read from the index ``ix_delivery_work`` alone."""
    group = (col(Delivery.lane), col(Delivery.rank), col(Delivery.state))
    query = sqlalchemy.select(*group, func.count(), func.min(Delivery.due_at)).group_by(*group)
    return [Pile(*row) for row in await (await tx.connection()).execute(query)]


async def tally(tx: AsyncSession, quarantine: int) -> Tally:
    """All with two statements, from indexes alone; ``quarantine``: that many kills put a feed there."""
    held = select(func.count()).select_from(Article).where(Article.state == ArticleState.HELD)
    paused = select(func.count()).select_from(Account)
    paused = paused.where(Account.state == AccountState.PAUSED, Account.sealed != b"")
    every, removed = select(func.count()).select_from(Feed), _troubled(col(Feed.removed_at).is_not(None))
    failing, heavy = _troubled(WATCHED, col(Feed.failures) > 0), _troubled(WATCHED, col(Feed.kills) >= quarantine)
    off = _troubled(col(Feed.removed_at).is_(None), col(Feed.off_at).is_not(None))
    parts = [each.scalar_subquery() for each in (held, paused, every, removed, failing, heavy, off)]
    row = (await (await tx.connection()).execute(sqlalchemy.select(*parts))).one()
    first = min((await looks.wards(tx)).values(), default=None)
    return Tally(row[0], row[1], row[2] - row[3] - row[6], row[4], row[5], row[6], first)


def _troubled(*which: ColumnElement[bool]) -> SelectOfScalar[int]:
    return select(func.count()).select_from(Feed).where(TROUBLED, *which)


async def waiting(tx: AsyncSession, moment: datetime) -> Sequence[tuple[datetime | None, datetime]]:
    """Of the feeds that have waited longest since ``moment`` or before, at most a few of each ward: when they were
    looked at, and when they should have been. One whose server asked for a pause that lasts does not wait.
    """
    found = list[tuple[datetime | None, datetime]]()
    for ward, first in (await looks.wards(tx)).items():
        if first < moment:
            query = select(Feed.looked_at, Feed.next_look_at).where(Feed.lane == ward, WATCHED)
            query = query.where(
                Feed.next_look_at < moment, or_(col(Feed.retry_at).is_(None), col(Feed.retry_at) < moment)
            )
            found += (await tx.exec(query.order_by(col(Feed.next_look_at)).limit(SAMPLE))).all()
    return found


async def revision(tx: AsyncSession) -> str:
    """Alembic's revision of the schema."""
    query = sqlalchemy.text("SELECT version_num FROM alembic_version")
    return str((await (await tx.connection()).execute(query)).scalar())
