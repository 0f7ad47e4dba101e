# SPDX-License-Identifier: AGPL-3.0-or-later
"""The one row about the instance itself: what time it has seen, and whether it comes from a backup."""

from datetime import datetime

from sqlmodel import Field, SQLModel, select
from sqlmodel.ext.asyncio.session import AsyncSession

from relay.store.columns import Moment

ONLY = 1


class Instance(SQLModel, table=True):
    """``seen_at``: the latest wall clock the ledger has seen. ``restored_at``: it was read from a backup then."""

    id: int = Field(default=ONLY, primary_key=True)
    made_at: datetime = Field(sa_type=Moment)
    seen_at: datetime = Field(sa_type=Moment)
    restored_at: datetime | None = Field(default=None, sa_type=Moment)


async def get(tx: AsyncSession, now: datetime) -> Instance:
    """The row, made if there is none yet."""
    row = (await tx.exec(select(Instance).where(Instance.id == ONLY))).first()
    if row is None:
        row = Instance(made_at=now, seen_at=now)
        tx.add(row)
        await tx.flush()
    return row
