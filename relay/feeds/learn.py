# SPDX-License-Identifier: AGPL-3.0-or-later
"""Store what a document taught, all in one transaction: articles, aliases, validators, and the notices they cause."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from relay.feeds.identity.judge import MASS, judge
from relay.feeds.identity.keys import SPOILT, Key, all_keys
from relay.feeds.identity.recognise import doubtful, shared_names
from relay.feeds.identity.verdicts import Judgement, Past, Verdict
from relay.store import article as articles
from relay.store.article import Article, Hold
from relay.store.columns import saved
from relay.store.feed import Feed
from relay.terms import ArticleState, Document, Entry

Answer = Callable[[AsyncSession, int, Sequence[Article], datetime | None, datetime], Awaitable[set[str]]]
"""Plans notices for new articles (newsroom, articles, when the feed was last read, now); returns the lanes to ring."""


@dataclass(frozen=True)
class Learnt:
    """How many articles were new (held ones too), with their dates, how many known before, and the lanes that have work
    now.
    """

    new: int
    lanes: set[str]
    known: int = 0
    dates: tuple[datetime | None, ...] = ()


async def learn(
    tx: AsyncSession, feed: Feed, document: Document, threshold: int, answer: Answer, now: datetime
) -> Learnt:
    """Judge the document and write down everything it changes, in as many statements for fifty articles as for one.

    The feed's own row (validators, next look) is the caller's, in the same transaction. Entries known before may lack
    all but what names them: guid, link, headline, date, and the summary of those without a headline.
    """
    past = await _recall(tx, feed, document.entries)
    judgement = judge(
        document.entries, past.known, past.baseline, now, threshold, past.articles, past.elsewhere, past.crowded
    )
    hold = await _hold(tx, feed, judgement, now)
    fresh = [verdict for verdict in judgement.verdicts if verdict.article is None]
    rows = [_article(feed, verdict, hold, now) for verdict in fresh]
    tx.add_all(rows)
    await tx.flush()
    numbers = {id(verdict): saved(row.id) for verdict, row in zip(fresh, rows, strict=True)}
    names: dict[Key, int | None] = dict.fromkeys(judgement.spoilt)
    for verdict in judgement.verdicts:
        names |= dict.fromkeys(verdict.keys, verdict.article or numbers[id(verdict)])
    await _name(tx, feed, names, past.known)
    seen = [row for row in rows if row.state == ArticleState.SEEN]
    lanes = await answer(tx, feed.newsroom_id, seen, feed.looked_at, now) if seen else set()
    dates = tuple(verdict.entry.published for verdict in judgement.new)
    return Learnt(len(judgement.new), lanes, len(judgement.verdicts) - len(fresh), dates)


async def _recall(tx: AsyncSession, feed: Feed, entries: Sequence[Entry]) -> Past:
    newsroom, number = feed.newsroom_id, saved(feed.id)
    found = await articles.aliases(newsroom, tx, number, _stored(all_keys(entries)))
    known = {Key(*key): SPOILT if article is None else article for key, article in found.items()}
    others = await articles.elsewhere(newsroom, tx, number, _stored(shared_names(entries, known)))
    doubted = doubtful(entries, known)
    compared = doubted | {article for (kind, _), article in others.items() if kind == "t"}
    before = await articles.some(newsroom, tx, compared) if compared else []
    crowded = await articles.crowded(newsroom, tx, number, doubted) if len(doubted) >= MASS else set()
    return Past(
        known,
        feed.baseline_at,
        {saved(row.id): Entry(link=row.link, title=row.title, published=row.published) for row in before},
        {Key(*key): article for key, article in others.items()},
        crowded,
    )


def _stored(keys: Iterable[Key]) -> list[tuple[str, bytes]]:
    return [(key.kind, key.digest) for key in keys]


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


async def _name(tx: AsyncSession, feed: Feed, names: Mapping[Key, int | None], known: Mapping[Key, int]) -> None:
    newsroom, number = feed.newsroom_id, saved(feed.id)
    await articles.unname(newsroom, tx, number, _stored(key for key in names if key in known))
    await articles.name(newsroom, tx, number, {(key.kind, key.digest): article for key, article in names.items()})
