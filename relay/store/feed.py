# SPDX-License-Identifier: AGPL-3.0-or-later
"""Feeds of a newsroom, with all that a polite reader must remember between two looks."""

from datetime import datetime

from sqlmodel import Field, Index, SQLModel, UniqueConstraint, and_, col, func, select, text
from sqlmodel.ext.asyncio.session import AsyncSession

from relay.store.columns import Moment

_EMPTY = {"server_default": ""}  # for the rows that were there before the column
_ZERO = {"server_default": "0"}
_TROUBLE = text("failures > 0 OR off_at IS NOT NULL OR removed_at IS NOT NULL")


class Feed(SQLModel, table=True):
    """One watched address.

    ``baseline_at`` is when it was first read (None: not yet, so everything in it is silent); ``newest_at`` when it
    last brought an article, ``gap`` seconds between them, smoothed; ``ttl`` seconds the document asks to be left
    alone, ``hint`` the longest that anyone asked for; ``floor`` the shortest wait in a strike that its owner allows, s,
    0 if unsaid; ``moved_to`` a permanent redirect seen since ``moved_since``; ``removed_at``: not watched any more, but
    what it brought stays known.

    ``prints``: the fingerprints of the last document and its entries; ``whole_at``: when it was last
    asked for without a condition; ``distrusted_at``: since when its server is known to call changed documents
    unchanged; ``kills``: how often in a row reading it had to be ended by force; ``gone``: how often its server called
    it gone for good (410), since ``gone_since``; ``off_at``: believed gone, and no longer looked at until a person adds
    it again. ``hub`` and ``topic``: where WebSub would push it from, and under which address, "" if unsaid.
    """

    __table_args__ = (
        UniqueConstraint("newsroom_id", "address"),
        Index("ix_feed_look", "lane", "next_look_at"),
        Index(
            *("ix_feed_trouble", "removed_at", "off_at", "failures", "kills"),
            sqlite_where=_TROUBLE,
            postgresql_where=_TROUBLE,
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    newsroom_id: int = Field(foreign_key="newsroom.id", index=True)
    address: str
    title: str = ""
    host: str = Field(default="", index=True, sa_column_kwargs=_EMPTY)
    lane: str
    etag: str = ""
    last_modified: str = ""
    body_hash: bytes = b""
    baseline_at: datetime | None = Field(default=None, sa_type=Moment)
    looked_at: datetime | None = Field(default=None, sa_type=Moment)
    next_look_at: datetime = Field(sa_type=Moment)
    retry_at: datetime | None = Field(default=None, sa_type=Moment)
    newest_at: datetime | None = Field(default=None, sa_type=Moment)
    gap: float | None = None
    ttl: int = 0
    hint: int = 0
    floor: int = 0
    failures: int = 0
    fault: str = ""
    moved_to: str = ""
    moved_since: datetime | None = Field(default=None, sa_type=Moment)
    threshold: int = 0
    prints: bytes | None = None
    whole_at: datetime | None = Field(default=None, sa_type=Moment)
    distrusted_at: datetime | None = Field(default=None, sa_type=Moment)
    kills: int = Field(default=0, sa_column_kwargs=_ZERO)
    gone: int = Field(default=0, sa_column_kwargs=_ZERO)
    gone_since: datetime | None = Field(default=None, sa_type=Moment)
    off_at: datetime | None = Field(default=None, sa_type=Moment)
    hub: str = Field(default="", sa_column_kwargs=_EMPTY)
    topic: str = Field(default="", sa_column_kwargs=_EMPTY)
    removed_at: datetime | None = Field(default=None, sa_type=Moment)


WATCHED = and_(col(Feed.removed_at).is_(None), col(Feed.off_at).is_(None))
"""Whether a feed is looked at."""

TROUBLED = text(f"({_TROUBLE})")
"""Whether there is anything to count about a feed; said in the very words of ``ix_feed_trouble``, or it is not used."""


async def of_newsroom(newsroom: int, tx: AsyncSession) -> list[Feed]:
    """The feeds the newsroom watches, oldest first."""
    query = select(Feed).where(Feed.newsroom_id == newsroom, col(Feed.removed_at).is_(None)).order_by(col(Feed.id))
    return list((await tx.exec(query)).all())


async def agenda(newsroom: int, tx: AsyncSession) -> tuple[int, datetime] | None:
    """How many feeds the newsroom has looked at, and when the next look is; None without any."""
    query = select(func.count(), func.min(Feed.next_look_at)).where(Feed.newsroom_id == newsroom, WATCHED)
    count, first = (await tx.exec(query)).one()
    return (count, first) if count else None


async def find(newsroom: int, tx: AsyncSession, feed: int) -> Feed | None:
    """One feed that the newsroom watches."""
    query = select(Feed).where(Feed.newsroom_id == newsroom, Feed.id == feed, col(Feed.removed_at).is_(None))
    return (await tx.exec(query)).first()


async def by_address(newsroom: int, tx: AsyncSession, address: str) -> Feed | None:
    """The newsroom's feed at that address, even if it was removed."""
    return (await tx.exec(select(Feed).where(Feed.newsroom_id == newsroom, Feed.address == address))).first()
