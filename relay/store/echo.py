# SPDX-License-Identifier: AGPL-3.0-or-later
"""What an account's own posts said of themselves when they were read back after a restore."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from relay.store.columns import Moment


class Echo(SQLModel, table=True):
    """One mark of one post: the digest of a link it carries, or of its words."""

    account_id: int = Field(foreign_key="account.id", primary_key=True)
    mark: bytes = Field(primary_key=True)
    remote_id: str = Field(primary_key=True)
    newsroom_id: int = Field(foreign_key="newsroom.id")
    remote_url: str
    revision: str = ""
    created_at: datetime = Field(sa_type=Moment)
