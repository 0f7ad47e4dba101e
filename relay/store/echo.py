# SPDX-License-Identifier: AGPL-3.0-or-later
"""What an account's own posts said of themselves when they were read back after a restore."""

from collections.abc import Collection
from datetime import datetime

from sqlmodel import Field, SQLModel, col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from relay.store.columns import Moment
from relay.store.ledger import Delivery
from relay.terms import Action


class Echo(SQLModel, table=True):
    """One mark of one post: the digest of a link it carries, or of its words."""

    account_id: int = Field(foreign_key="account.id", primary_key=True)
    mark: bytes = Field(primary_key=True)
    remote_id: str = Field(primary_key=True)
    newsroom_id: int = Field(foreign_key="newsroom.id")
    remote_url: str
    revision: str = ""
    created_at: datetime = Field(sa_type=Moment)


async def keep(newsroom: int, tx: AsyncSession, account: int, echoes: Collection[Echo]) -> None:
    """Write down what an account was found to have said, instead of what was found before."""
    await tx.exec(delete(Echo).where(col(Echo.newsroom_id) == newsroom, col(Echo.account_id) == account))
    tx.add_all(echoes)


async def unclaimed(
    newsroom: int, tx: AsyncSession, account: int, mark: bytes, since: datetime | None = None
) -> Echo | None:
    """The oldest post of an account with this mark, made at ``since`` or later, that no delivery has a receipt of."""
    receipts = select(Delivery.remote_id).where(Delivery.account_id == account, Delivery.action == Action.PUBLISH)
    query = select(Echo).where(Echo.newsroom_id == newsroom, Echo.account_id == account, Echo.mark == mark)
    query = query.where(col(Echo.remote_id).not_in(receipts))
    if since is not None:
        query = query.where(Echo.created_at >= since)
    return (await tx.exec(query.order_by(col(Echo.created_at), col(Echo.remote_id)))).first()
