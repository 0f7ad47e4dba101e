# SPDX-License-Identifier: AGPL-3.0-or-later
"""Store what a document taught, all in one transaction: articles, aliases, validators, and the notices they cause."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from relay.feeds.identity.judge import SPOILT, Judgement, Key, Verdict, all_keys, doubtful, judge
from relay.store import article as articles
from relay.store.article import Alias, Article, Hold
from relay.store.columns import saved
from relay.store.feed import Feed
from relay.terms import ArticleState, Document, Entry

Answer = Callable[[AsyncSession, int, Sequence[Article], datetime | None, datetime], Awaitable[set[str]]]
"""Plans notices for new articles (newsroom, articles, when the feed was last read, now); returns the lanes to ring."""


@dataclass(frozen=True)
class Learnt:
    """How many articles were new (held ones too), and the lanes that have work now."""

    new: int
    lanes: set[str]


async def learn(
    tx: AsyncSession, feed: Feed, document: Document, threshold: int, answer: Answer, now: datetime
) -> Learnt:
    """Judge the document and write down everything it changes.

    The feed's own row (validators, next look) is the caller's, in the same transaction.
    """
    known, past, elsewhere = await _recall(tx, feed, document.entries)
    verdicts = judge(document.entries, known, feed.baseline_at, now, threshold, past, elsewhere)
    hold = await _hold(tx, feed, verdicts, now)
    fresh = [verdict for verdict in verdicts.verdicts if verdict.article is None]
    rows = [_article(feed, verdict, hold, now) for verdict in fresh]
    tx.add_all(rows)
    await tx.flush()
    numbers = {id(verdict): saved(row.id) for verdict, row in zip(fresh, rows, strict=True)}
    for verdict in verdicts.verdicts:
        await _name(tx, feed, verdict.keys, verdict.article or numbers[id(verdict)], known)
    await _name(tx, feed, tuple(verdicts.spoilt), None, known)
    seen = [row for row in rows if row.state == ArticleState.SEEN]
    lanes = await answer(tx, feed.newsroom_id, seen, feed.looked_at, now) if seen else set()
    return Learnt(len(verdicts.new), lanes)


async def _recall(
    tx: AsyncSession, feed: Feed, entries: Sequence[Entry]
) -> tuple[dict[Key, int], dict[int, Entry], dict[Key, int]]:
    newsroom, number = feed.newsroom_id, saved(feed.id)
    asked = [(key.kind, key.digest) for key in all_keys(entries)]
    found = await articles.aliases(newsroom, tx, number, asked)
    known = {Key(*key): SPOILT if row is None else row for key, row in found.items()}
    links = [key for key in asked if key[0] == "l" and Key(*key) not in known]
    others = await articles.elsewhere(newsroom, tx, number, links)
    before = {}
    for each in doubtful(entries, known):
        row = await articles.find(newsroom, tx, each)
        if row is not None:
            before[each] = Entry(link=row.link, title=row.title, published=row.published)
    return known, before, {Key(*key): row for key, row in others.items()}


async def _hold(tx: AsyncSession, feed: Feed, judgement: Judgement, now: datetime) -> Hold | None:
    if not judgement.hold or not judgement.new:
        return None
    hold = Hold(newsroom_id=feed.newsroom_id, feed_id=saved(feed.id), reason=judgement.hold, made_at=now)
    tx.add(hold)
    await tx.flush()
    return hold


def _article(feed: Feed, verdict: Verdict, hold: Hold | None, now: datetime) -> Article:
    entry = verdict.entry
    kept_back = hold if verdict.new else None
    waiting = ArticleState.HELD if kept_back else ArticleState.SEEN
    return Article(
        newsroom_id=feed.newsroom_id,
        feed_id=saved(feed.id),
        hold_id=kept_back.id if kept_back else None,
        link=entry.link,
        title=entry.title,
        summary=entry.summary[:500],
        language=entry.language,
        published=entry.published,
        seen_at=now,
        state=waiting if verdict.new else ArticleState.SILENT,
        reason=kept_back.reason if kept_back else verdict.silent,
    )


async def _name(
    tx: AsyncSession, feed: Feed, keys: Sequence[Key], article: int | None, known: Mapping[Key, int]
) -> None:
    number = saved(feed.id)
    for key in keys:
        if key in known:
            query = select(Alias).where(Alias.feed_id == number, Alias.kind == key.kind, Alias.digest == key.digest)
            row = (await tx.exec(query)).one()
            row.article_id = article
        else:
            row = Alias(
                feed_id=number, kind=key.kind, digest=key.digest, newsroom_id=feed.newsroom_id, article_id=article
            )
        tx.add(row)
