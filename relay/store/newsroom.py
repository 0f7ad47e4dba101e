# SPDX-License-Identifier: AGPL-3.0-or-later
"""Newsrooms: the tenants of an instance."""

from datetime import datetime

from sqlmodel import Field, SQLModel, select
from sqlmodel.ext.asyncio.session import AsyncSession

from relay.store.columns import Moment


class Newsroom(SQLModel, table=True):
    """A subscriber of the instance. ``zone`` is an IANA time zone, ``slug`` its short name in commands."""

    id: int | None = Field(default=None, primary_key=True)
    slug: str = Field(unique=True)
    name: str
    zone: str
    language: str = "fr"
    made_at: datetime = Field(sa_type=Moment)


async def by_slug(slug: str, tx: AsyncSession) -> Newsroom | None:
    """The newsroom of that short name."""
    return (await tx.exec(select(Newsroom).where(Newsroom.slug == slug))).first()


async def get(newsroom: int, tx: AsyncSession) -> Newsroom:
    """The newsroom itself; it must exist."""
    return (await tx.exec(select(Newsroom).where(Newsroom.id == newsroom))).one()


async def every(tx: AsyncSession) -> list[Newsroom]:
    """All newsrooms of the instance, oldest first."""
    return list((await tx.exec(select(Newsroom).order_by(Newsroom.id))).all())  # type: ignore[arg-type]
