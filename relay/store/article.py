# SPDX-License-Identifier: AGPL-3.0-or-later
"""Articles and the aliases they are known by; an alias once set is never re-pointed but by the identity rules."""

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import ColumnElement, delete, insert
from sqlmodel import Field, Index, SQLModel, col, func, select, tuple_
from sqlmodel.ext.asyncio.session import AsyncSession

from relay.store.columns import Moment, saved, word
from relay.terms import ArticleState


class Article(SQLModel, table=True):
    """One piece a feed announced. ``reason`` says why it is silent, held or dropped.

    ``previous_look_at``: when the feed had last been read before it was seen (None: never), which decides whether it
    may be older than a window.
    """

    id: int | None = Field(default=None, primary_key=True)
    newsroom_id: int = Field(foreign_key="newsroom.id", index=True)
    feed_id: int = Field(foreign_key="feed.id")
    hold_id: int | None = Field(default=None, foreign_key="hold.id", index=True)
    link: str
    title: str
    summary: str = ""
    language: str = ""
    published: datetime | None = Field(default=None, sa_type=Moment)
    seen_at: datetime = Field(sa_type=Moment, index=True)
    previous_look_at: datetime | None = Field(default=None, sa_type=Moment)
    state: ArticleState = Field(sa_column=word(ArticleState))
    reason: str = ""


class Alias(SQLModel, table=True):
    """A key an article is known by in one feed. ``article_id`` None: shared inside a document, identifies nothing."""

    __table_args__ = (Index("ix_alias_newsroom_key", "newsroom_id", "kind", "digest"),)

    feed_id: int = Field(foreign_key="feed.id", primary_key=True)
    kind: str = Field(primary_key=True)
    digest: bytes = Field(primary_key=True)
    newsroom_id: int
    article_id: int | None = Field(default=None, foreign_key="article.id")


class Hold(SQLModel, table=True):
    """A look whose new articles wait for a person: a flood, or a feed that changed its ids."""

    id: int | None = Field(default=None, primary_key=True)
    newsroom_id: int = Field(foreign_key="newsroom.id", index=True)
    feed_id: int = Field(foreign_key="feed.id")
    reason: str
    made_at: datetime = Field(sa_type=Moment)
    settled_at: datetime | None = Field(default=None, sa_type=Moment)
    verdict: str = ""


Key = tuple[str, bytes]
_BATCH = 400  # keys a query; SQLite's default allows 32,766 variables, older builds 999
_MANY = 8  # names of one kind


async def aliases(newsroom: int, tx: AsyncSession, feed: int, keys: Collection[Key]) -> dict[Key, int | None]:
    """Which of ``keys`` this feed knows, and the article each leads to (None: demoted)."""
    found: dict[Key, int | None] = {}
    for part in _parts(keys):
        query = select(Alias.kind, Alias.digest, Alias.article_id)
        rows = await tx.exec(query.where(Alias.newsroom_id == newsroom, Alias.feed_id == feed, part))
        found |= {(kind, digest): article for kind, digest, article in rows}
    return found


async def elsewhere(newsroom: int, tx: AsyncSession, feed: int, keys: Collection[Key]) -> dict[Key, int]:
    """Which of ``keys`` lead to an article that another feed of the newsroom announced or held."""
    found: dict[Key, int] = {}
    told = col(Article.state) != ArticleState.SILENT
    for part in _parts(keys):
        query = select(Alias).join(Article).where(Alias.newsroom_id == newsroom, Alias.feed_id != feed, part, told)
        found |= {(row.kind, row.digest): saved(row.article_id) for row in await tx.exec(query)}
    return found


async def crowded(newsroom: int, tx: AsyncSession, feed: int, articles: Collection[int]) -> set[tuple[int, str]]:
    """Article and kind of key, where a feed has so many names of one kind for an article that more tell nothing."""
    some = col(Alias.article_id).in_(articles)
    query = select(Alias.article_id, Alias.kind).where(Alias.newsroom_id == newsroom, Alias.feed_id == feed, some)
    query = query.group_by(col(Alias.article_id), col(Alias.kind)).having(func.count() >= _MANY)
    return {(saved(article), kind) for article, kind in await tx.exec(query)}


async def name(newsroom: int, tx: AsyncSession, feed: int, names: Mapping[Key, int | None]) -> None:
    """Have keys that this feed does not know lead to their articles (None: demoted)."""
    same = {"newsroom_id": newsroom, "feed_id": feed}
    rows = [{**same, "kind": kind, "digest": digest, "article_id": names[kind, digest]} for kind, digest in names]
    if rows:
        await (await tx.connection()).execute(insert(Alias), rows)


async def unname(newsroom: int, tx: AsyncSession, feed: int, keys: Collection[Key]) -> None:
    """Have this feed know ``keys`` no more."""
    for part in _parts(keys):
        gone = delete(Alias).where(col(Alias.newsroom_id) == newsroom, col(Alias.feed_id) == feed, part)
        await (await tx.connection()).execute(gone)


def _parts(keys: Collection[Key]) -> list[ColumnElement[bool]]:
    """The keys in portions that one query can ask for."""
    wanted = sorted(keys)
    columns = tuple_(col(Alias.kind), col(Alias.digest))
    return [columns.in_(wanted[start : start + _BATCH]) for start in range(0, len(wanted), _BATCH)]


async def some(newsroom: int, tx: AsyncSession, articles: Collection[int]) -> list[Article]:
    """These articles of the newsroom."""
    query = select(Article).where(Article.newsroom_id == newsroom, col(Article.id).in_(articles))
    return list((await tx.exec(query)).all())


async def find(newsroom: int, tx: AsyncSession, article: int) -> Article | None:
    """One article of the newsroom."""
    return (await tx.exec(select(Article).where(Article.newsroom_id == newsroom, Article.id == article))).first()


async def newest(newsroom: int, tx: AsyncSession, limit: int = 1) -> list[Article]:
    """The articles last seen, newest first, silent ones included."""
    order = (col(Article.seen_at).desc(), col(Article.published).desc(), col(Article.id).desc())
    return list(
        (await tx.exec(select(Article).where(Article.newsroom_id == newsroom).order_by(*order).limit(limit))).all()
    )


async def holds(newsroom: int, tx: AsyncSession) -> list[Hold]:
    """The holds that still wait for a person."""
    query = select(Hold).where(Hold.newsroom_id == newsroom, col(Hold.settled_at).is_(None)).order_by(col(Hold.id))
    return list((await tx.exec(query)).all())


async def held(newsroom: int, tx: AsyncSession, hold: int) -> list[Article]:
    """The articles of one hold, oldest first."""
    query = select(Article).where(Article.newsroom_id == newsroom, Article.hold_id == hold).order_by(col(Article.id))
    return list((await tx.exec(query)).all())
