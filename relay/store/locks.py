# SPDX-License-Identifier: AGPL-3.0-or-later
"""Rows that are locked where several machines write: what is decided from them stays true until the commit.

Who locks more than one does it in this order, and among rows of a kind by number, so that nobody waits in a circle:

    instance → newsroom → feed → strike → account → delivery

- the instance by whoever seals something: two machines must not each make a first key;
- the newsroom by a look that brought a document: two of its feeds may announce the same article;
- the feed by a look, and by whoever adds, removes or hurries one; then the subscription at its hub, if that changes;
- the strike by whoever opens, closes, answers, arms, renews, stops or discards it: a window opens once, an article is
  answered once, and what is planned comes either before a stop, and is withdrawn by it, or not at all;
- the account by whoever seals, pauses or forgets it, before anything is done to its deliveries;
- the delivery by whoever settles or adopts it; who claims passes over those that are locked, and waits for nobody.

The locks leave alone who only refers to the row (FOR NO KEY UPDATE,
https://www.postgresql.org/docs/current/explicit-locking.html#LOCKING-ROWS). Each statement after them sees what was
committed before they were granted. SQLite has one writer and needs none of them: there they are plain questions.
"""

from collections.abc import Collection
from typing import Any

from sqlalchemy import column, table
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from relay.store.account import Account
from relay.store.feed import Feed
from relay.store.newsroom import Newsroom
from relay.store.strike import Strike
from relay.terms import StrikeState

_SCHEMA = table("alembic_version", column("version_num"))  # the one row that every ledger has from its beginning


async def instance(tx: AsyncSession) -> None:
    """One transaction at a time decides for the whole instance."""
    await _hold(tx, select(_SCHEMA.c.version_num))


async def newsroom(newsroom: int, tx: AsyncSession) -> None:
    """One look at a time brings articles to the newsroom."""
    await _hold(tx, select(Newsroom.id).where(Newsroom.id == newsroom))


async def feeds(newsroom: int, tx: AsyncSession, feed: int | None = None) -> None:
    """The feed, or all that the newsroom watches."""
    query = select(Feed.id).where(Feed.newsroom_id == newsroom)
    query = query.where(Feed.id == feed) if feed is not None else query.where(col(Feed.removed_at).is_(None))
    await _hold(tx, query.order_by(col(Feed.id)))


async def looks(tx: AsyncSession, numbers: Collection[int | None]) -> None:
    """These feeds, of whatever newsroom: those of one ward, by who looks at them."""
    await _hold(tx, select(Feed.id).where(col(Feed.id).in_(numbers)).order_by(col(Feed.id)))


async def strike(newsroom: int, tx: AsyncSession, strike: int) -> None:
    """A strike of the newsroom."""
    await _hold(tx, select(Strike.id).where(Strike.newsroom_id == newsroom, Strike.id == strike))


async def standing(tx: AsyncSession, newsroom: int | None = None) -> list[int]:
    """The strikes that are armed or running, everywhere or in one newsroom; returns their numbers."""
    query = select(Strike.id).where(col(Strike.state).in_([StrikeState.ARMED, StrikeState.RUNNING]))
    if newsroom is not None:
        query = query.where(Strike.newsroom_id == newsroom)
    return await _hold(tx, query.order_by(col(Strike.id)))


async def accounts(tx: AsyncSession, numbers: Collection[int]) -> None:
    """These accounts, of whatever newsroom."""
    if numbers:
        await _hold(tx, select(Account.id).where(col(Account.id).in_(numbers)).order_by(col(Account.id)))


async def _hold(tx: AsyncSession, query: Any) -> list[Any]:
    return list((await tx.exec(query.with_for_update(key_share=True))).all())
