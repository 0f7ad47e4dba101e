# SPDX-License-Identifier: AGPL-3.0-or-later
"""Identity with the ledger for a memory: several feeds of a newsroom, restarts, years, and what a look costs."""

import asyncio
import itertools
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from desk import Desk
from feeds.scenario import START, window
from sqlalchemy import Engine, event
from sqlmodel import func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from relay.feeds import holds
from relay.feeds.learn import learn
from relay.store import locks
from relay.store.article import Alias, Article
from relay.store.columns import saved
from relay.store.feed import Feed
from relay.store.opening import open_store
from relay.terms import ArticleState, Document, Entry

pytestmark = pytest.mark.parametrize("address", ["sqlite"], indirect=True)

MINUTE = timedelta(minutes=1)
BEFORE = window(0)


async def nobody(tx: AsyncSession, newsroom: int, rows: Sequence[Article], looked: datetime | None, now: datetime) -> set[str]:  # fmt: skip  # noqa: E501
    """Plans no notices: the articles say what was announced."""
    return set()


async def look(desk: Desk, feed: int, entries: Sequence[Entry], now: datetime = START, threshold: int = 10) -> int:
    """One look at a feed of the newsroom, as the watch writes it down; returns how many articles were new."""
    async with desk.store.write() as tx:
        await locks.newsroom(desk.newsroom, tx)
        row = await tx.get_one(Feed, feed)
        learnt = await learn(tx, row, Document(tuple(entries)), threshold, nobody, now)
        row.baseline_at, row.looked_at = row.baseline_at or now, now
        tx.add(row)
    return learnt.new


async def add(desk: Desk, *entries: Entry) -> int:
    """Another feed of the newsroom, read for the first time."""
    async with desk.store.write() as tx:
        count = (await tx.exec(select(func.count()).select_from(Feed))).one()
        row = Feed(newsroom_id=1, address=f"https://gazette.example/{count}", lane="feed/x", next_look_at=START)
        tx.add(row)
        await tx.flush()
    await look(desk, saved(row.id), entries)
    return saved(row.id)


async def announced(desk: Desk) -> list[str]:
    """The summaries of what was announced."""
    async with desk.store.read() as tx:
        rows = await tx.exec(select(Article).where(Article.state == ArticleState.SEEN).order_by(Article.id))  # type: ignore[arg-type]
        return [row.summary for row in rows]


def in_home(entry: Entry) -> Entry:
    return entry


def in_section(entry: Entry) -> Entry:
    return replace(entry, guid=f"politique-{entry.link[-2:]}", link=f"{entry.link}?utm_source=rss#xtor=RSS-1")


def in_amp(entry: Entry) -> Entry:
    return replace(entry, guid="", link=entry.link.replace("www.", "amp.") + "/amp/", title=f"AMP {entry.title}")


def in_clear(entry: Entry) -> Entry:
    link = entry.link.replace("https://www.", "http://")
    return replace(entry, guid=link, link=link, published=None)


KINDS = (in_home, in_section, in_amp, in_clear)


async def test_one_article_in_four_feeds_of_a_newsroom_is_one_in_whatever_order_they_bring_it(desk: Desk) -> None:
    """Home page, section, AMP and plain http, each with names of its own."""
    feeds = [await add(desk, *map(kind, BEFORE)) for kind in KINDS]
    for number, order in enumerate(itertools.permutations(range(4)), 10):
        piece = Entry(f"https://www.gazette.example/{number}", f"https://www.gazette.example/{number}", f"N° {number}")
        for at, which in enumerate(order):
            assert await look(desk, feeds[which], [KINDS[which](piece)], START + at * MINUTE) == (at == 0)
        assert await look(desk, feeds[0], [replace(piece, link=f"{piece.link}-bis")]) == 0


async def test_two_feeds_that_are_looked_at_in_the_same_moment_bring_one_article(desk: Desk) -> None:
    feeds = [await add(desk), await add(desk)]
    new = await asyncio.gather(*(look(desk, feed, [kind(BEFORE[0])]) for feed, kind in zip(feeds, KINDS, strict=False)))
    assert sum(new) == 1


async def test_a_guid_that_is_unique_by_its_making_joins_feeds_whose_links_differ(desk: Desk) -> None:
    """The section's page and the live page of one piece, with one tag guid."""
    feeds = [await add(desk), await add(desk)]
    piece = replace(BEFORE[0], guid="tag:gazette.example,2026:9")
    assert await look(desk, feeds[0], [piece]) == 1
    assert await look(desk, feeds[1], [replace(piece, link="https://direct.example/9")]) == 0
    numbered = [replace(BEFORE[1], guid="1"), replace(BEFORE[2], guid="1")]
    assert [await look(desk, feed, [entry]) for feed, entry in zip(feeds, numbered, strict=True)] == [1, 1]


async def test_an_article_that_moves_to_another_section_and_so_to_another_feed_is_one(desk: Desk) -> None:
    """Guid and link name the section; headline, minute and the last part of the link stay."""
    feeds = [await add(desk), await add(desk)]
    link = "https://www.gazette.example/politique/le-budget-est-vote-2026030217"
    moved = link.replace("politique", "societe")
    piece = replace(BEFORE[0], guid=link, link=link)
    assert await look(desk, feeds[0], [piece]) == 1
    assert await look(desk, feeds[1], [replace(piece, guid=moved, link=moved)]) == 0
    assert await look(desk, feeds[1], [replace(piece, guid=moved, link=moved, title="Une autre manchette")]) == 0


async def test_two_towns_that_say_the_same_at_the_same_minute_have_an_article_each(desk: Desk) -> None:
    """Their feeds' links tell the towns apart, and no number says that it is one."""
    feeds = [await add(desk), await add(desk)]
    weather = replace(BEFORE[0], guid="", title="La météo du jour")
    towns = [replace(weather, link=f"https://www.gazette.example/{town}/meteo-du-jour") for town in ("brest", "vannes")]
    assert [await look(desk, feed, [entry]) for feed, entry in zip(feeds, towns, strict=True)] == [1, 1]


async def test_a_slot_taken_over_in_two_feeds_is_one_new_article(desk: Desk) -> None:
    old, young = (replace(entry, guid="7") for entry in (BEFORE[9], BEFORE[0]))
    feeds = [await add(desk), await add(desk)]
    assert [await look(desk, feed, [old]) for feed in feeds] == [1, 0]
    assert [await look(desk, feed, [young]) for feed in feeds] == [1, 0]
    edited = replace(young, title="Une tout autre manchette", link=young.link + "-2")
    assert [await look(desk, feed, [edited]) for feed in feeds] == [0, 0]


async def test_a_feed_added_in_the_strike_silences_nothing_that_another_feed_will_bring(desk: Desk) -> None:
    section = await add(desk, *BEFORE[5:])
    assert await look(desk, section, BEFORE[4:]) == 1
    home = await add(desk, *BEFORE[3:])
    assert await look(desk, section, BEFORE[3:]) == 1
    assert await look(desk, home, BEFORE[2:]) == 1
    assert await look(desk, section, BEFORE[2:]) == 0


async def test_a_feed_that_was_removed_and_added_again_goes_on_from_there(desk: Desk) -> None:
    feed = await add(desk, *BEFORE[5:])
    async with desk.store.write() as tx:
        (await tx.get_one(Feed, feed)).baseline_at = None
    assert await look(desk, feed, BEFORE[3:]) == 0
    assert await look(desk, feed, BEFORE[2:]) == 1
    assert await announced(desk) == [BEFORE[2].summary]


async def test_a_move_is_held_and_after_its_release_nothing_is_said_again(desk: Desk) -> None:
    after = [replace(e, guid=f"cms2:{at}", link=f"https://neuf.example/{at}") for at, e in enumerate(BEFORE)]
    feed = await add(desk, *BEFORE[1:])
    assert await look(desk, feed, after) == 1
    assert await announced(desk) == []
    async with desk.store.write() as tx:
        assert (await holds.release(desk.newsroom, tx, 1, nobody, START))[0] == 1
    for entries in (after, BEFORE, after):
        assert await look(desk, feed, entries) == 0
    assert await announced(desk) == [BEFORE[0].summary]


async def test_after_a_restart_and_after_years_everything_is_still_known(desk: Desk, address: str) -> None:
    """An archive that resurfaces, with dates of today."""
    feed = await add(desk, *BEFORE[1:])
    assert await look(desk, feed, BEFORE) == 1
    later = START + timedelta(days=800)
    resurfaced = [replace(entry, title=f"À relire: {entry.title}", published=later) for entry in BEFORE]
    again = await open_store(address)
    assert await look(replace(desk, store=again), feed, resurfaced, later) == 0
    await again.aclose()


@contextmanager
def statements() -> Iterator[list[str]]:
    """The statements that any store is asked meanwhile."""
    heard: list[str] = []

    def hear(connection: object, cursor: object, statement: str, *rest: object) -> None:
        heard.append(statement)

    event.listen(Engine, "before_cursor_execute", hear)
    yield heard
    event.remove(Engine, "before_cursor_execute", hear)


def but_articles(heard: list[str]) -> list[str]:
    """SQLite takes the articles one by one, without leaving the process; PostgreSQL takes all in one statement."""
    return [statement for statement in heard if not statement.startswith("INSERT INTO article")]


MANY = window(0, size=101)


@pytest.mark.parametrize("new", [1, 50])
async def test_a_look_costs_few_statements_however_much_it_brings(desk: Desk, new: int) -> None:
    """Begin, lock, feed, names, others' names, names, feed."""
    feed = await add(desk, *MANY[50:100])
    with statements() as heard:
        assert await look(desk, feed, MANY[50 - new : 100], threshold=100) == new
    assert len(but_articles(heard)) <= 8


async def test_a_feed_that_gives_all_its_names_to_others_costs_few_statements_too(desk: Desk) -> None:
    """Fifty slots are taken over at once, and held."""
    old, young = ([replace(entry, guid=str(at)) for at, entry in enumerate(MANY[at : at + 50])] for at in (50, 0))
    feed = await add(desk, *old)
    with statements() as heard:
        assert await look(desk, feed, young) == 50
    assert len(but_articles(heard)) <= 11


async def test_guids_that_are_new_at_each_look_do_not_fill_the_ledger(desk: Desk) -> None:
    feed = await add(desk, *BEFORE)
    for at in range(12):
        assert await look(desk, feed, [replace(e, guid=f"{at}-{n}") for n, e in enumerate(BEFORE)]) == 0
    async with desk.store.read() as tx:
        count = (await tx.exec(select(func.count()).select_from(Alias).where(Alias.kind == "g"))).one()
    assert count == 8 * len(BEFORE)
