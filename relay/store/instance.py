# SPDX-License-Identifier: AGPL-3.0-or-later
"""The one row about the instance itself: what time it has seen, and whether it comes from a backup."""

from datetime import datetime

from sqlalchemy import bindparam, text
from sqlmodel import Field, SQLModel, col, or_, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from relay.store.account import Account
from relay.store.columns import Moment
from relay.store.feed import Feed
from relay.store.ledger import Delivery
from relay.terms import SETTLED, Action

ONLY = 1


class Instance(SQLModel, table=True):
    """``seen_at``: the latest wall clock that was seen and stood. ``restored_at``: it was read from a backup then.

    ``turned_at``: when a relay last did its rounds. ``stepped_at``: the clock was set forward then, and it is not yet
    known whether that will stand.
    """

    id: int = Field(default=ONLY, primary_key=True, sa_column_kwargs={"autoincrement": False})
    made_at: datetime = Field(sa_type=Moment)
    seen_at: datetime = Field(sa_type=Moment)
    restored_at: datetime | None = Field(default=None, sa_type=Moment)
    turned_at: datetime | None = Field(default=None, sa_type=Moment)
    stepped_at: datetime | None = Field(default=None, sa_type=Moment)


_ROW = select(Instance).where(Instance.id == ONLY)
_RESTORED = select(Instance.restored_at).where(Instance.id == ONLY)
_MAKE = text("INSERT INTO instance (id, made_at, seen_at) VALUES (:id, :now, :now) ON CONFLICT DO NOTHING").bindparams(
    bindparam("now", type_=Moment())
)


async def find(tx: AsyncSession) -> Instance | None:
    """The row, if there is one yet."""
    return (await tx.exec(_ROW)).first()


async def restored_at(tx: AsyncSession) -> datetime | None:
    """When everything here was read from a backup, if ever."""
    return (await tx.exec(_RESTORED)).first()


async def get(tx: AsyncSession, now: datetime) -> Instance:
    """The row to be changed, made if there is none yet; nobody else changes it before this transaction ends."""
    row = (await tx.exec(_ROW.with_for_update())).first()
    if row is None:  # several machines may begin at once
        await (await tx.connection()).execute(_MAKE, {"id": ONLY, "now": now})
        row = (await tx.exec(_ROW.with_for_update())).one()
    return row


async def draw_near(tx: AsyncSession, now: datetime, retry: datetime, rest: datetime) -> None:
    """Have nothing wait for moments that a clock which ran ahead appointed.

    Every feed is looked at ``now``; what was tried is tried again by ``retry``, and what is doubtful since a moment to
    come is looked for; accounts rest until ``rest`` at most.
    """
    await tx.exec(update(Feed).where(col(Feed.next_look_at) > now).values(next_look_at=now))
    await tx.exec(update(Feed).where(col(Feed.looked_at) > now).values(looked_at=None))
    await tx.exec(update(Account).where(col(Account.rest_until) > rest).values(rest_until=rest))
    unsettled = col(Delivery.state).not_in(SETTLED)
    begun = or_(col(Delivery.tries) > 0, col(Delivery.action) == Action.SWEEP)
    await tx.exec(update(Delivery).where(unsettled, begun, col(Delivery.due_at) > retry).values(due_at=retry))
    await tx.exec(update(Delivery).where(unsettled, col(Delivery.first_try_at) > now).values(first_try_at=now))


async def touch(tx: AsyncSession) -> None:
    """Write without changing anything: to find out whether that can be done."""
    await tx.exec(update(Instance).where(col(Instance.id) == ONLY).values(made_at=Instance.made_at))
