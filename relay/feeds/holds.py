# SPDX-License-Identifier: AGPL-3.0-or-later
"""What waits for a person: a look that brought too much, released article by article or dropped as a whole."""

from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from relay.faults import Invalid
from relay.feeds.learn import Answer
from relay.i18n import say
from relay.store import article
from relay.store.article import Hold
from relay.terms import ArticleState


async def release(newsroom: int, tx: AsyncSession, number: int, answer: Answer, now: datetime) -> tuple[int, set[str]]:
    """Treat the held articles as seen now; returns how many, and the lanes that have work."""
    hold = await _open(newsroom, tx, number)
    rows = await article.held(newsroom, tx, number)
    for row in rows:
        row.state, row.seen_at = ArticleState.SEEN, now
        tx.add(row)
    _settle(tx, hold, "released", now)
    await tx.flush()
    return len(rows), await answer(tx, newsroom, rows, now, now)


async def drop(newsroom: int, tx: AsyncSession, number: int, now: datetime) -> int:
    """Never answer the held articles; returns how many."""
    hold = await _open(newsroom, tx, number)
    rows = await article.held(newsroom, tx, number)
    for row in rows:
        row.state = ArticleState.DROPPED
        tx.add(row)
    _settle(tx, hold, "dropped", now)
    return len(rows)


async def _open(newsroom: int, tx: AsyncSession, number: int) -> Hold:
    found = next((hold for hold in await article.holds(newsroom, tx) if hold.id == number), None)
    if found is None:
        raise Invalid(say("Nothing is held under number {number}: “piquet held list” shows what is.", number=number))
    return found


def _settle(tx: AsyncSession, hold: Hold, verdict: str, now: datetime) -> None:
    hold.verdict, hold.settled_at = verdict, now
    tx.add(hold)
