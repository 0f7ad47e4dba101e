# SPDX-License-Identifier: AGPL-3.0-or-later
"""Connected accounts; their credentials are sealed and bound to the row."""

from datetime import datetime
from typing import Any

from sqlmodel import JSON, Field, SQLModel, UniqueConstraint, col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from relay.store.columns import Moment, word
from relay.terms import AccountState


class Account(SQLModel, table=True):
    """An account on a network.

    ``lane`` is the stretch of work it shares with its host; ``limits`` what its server allows, as in
    ``networks.port.Limits``; ``rest_until`` when the network lets us speak again; ``entitled_at`` when a person
    declared to be entitled to it; ``reconcile_since``: nothing is said before its own posts since then were read back;
    ``sealed`` is empty once the account was forgotten, ``forgotten_at`` when that happened first.
    """

    __table_args__ = (UniqueConstraint("newsroom_id", "network", "remote_id"),)

    id: int | None = Field(default=None, primary_key=True)
    newsroom_id: int = Field(foreign_key="newsroom.id", index=True)
    network: str
    remote_id: str
    handle: str
    url: str = ""
    lane: str = Field(index=True)
    state: AccountState = Field(sa_column=word(AccountState))
    reason: str = ""
    rest_until: datetime | None = Field(default=None, sa_type=Moment)
    reconcile_since: datetime | None = Field(default=None, sa_type=Moment)
    limits: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    bot: bool | None = None
    sealed: bytes = b""
    forgotten_at: datetime | None = Field(default=None, sa_type=Moment)
    entitled_at: datetime = Field(sa_type=Moment)
    verified_at: datetime = Field(sa_type=Moment)

    @property
    def forgotten(self) -> bool:
        """Nothing that opens it is kept any more; only connecting it again brings it back."""
        return not self.sealed

    @property
    def seat(self) -> str:
        """What its sealed credentials are bound to."""
        return f"newsroom/{self.newsroom_id}/account/{self.network}/{self.remote_id}/credentials"


async def of_newsroom(newsroom: int, tx: AsyncSession) -> list[Account]:
    """The newsroom's accounts, oldest first."""
    return list((await tx.exec(select(Account).where(Account.newsroom_id == newsroom).order_by(col(Account.id)))).all())


async def find(newsroom: int, tx: AsyncSession, account: int) -> Account | None:
    """One account of the newsroom."""
    return (await tx.exec(select(Account).where(Account.newsroom_id == newsroom, Account.id == account))).first()


async def by_identity(newsroom: int, tx: AsyncSession, network: str, remote_id: str) -> Account | None:
    """The newsroom's account with that identity on that network."""
    query = select(Account).where(
        Account.newsroom_id == newsroom, Account.network == network, Account.remote_id == remote_id
    )
    return (await tx.exec(query)).first()
