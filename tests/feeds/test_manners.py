# SPDX-License-Identifier: AGPL-3.0-or-later
"""A day of the relay as the servers of feeds see it: no article missed or told twice, and nothing to complain of."""

from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from desk import Desk
from feeds.beat import Beat
from sqlmodel import col, select

from relay.settings import Settings
from relay.square.farm.farm import Farm
from relay.store.article import Article
from relay.store.ledger import Notice

pytestmark = pytest.mark.parametrize("address", ["sqlite"], indirect=True)
HEALTHY = range(6)
SICK = (  # one of each kind, but for those whose damage is in real seconds
    *("error-500", "forbidden-403", "wall-200", "not-found-404", "gone-410", "empty-200", "unavailable-503"),
    *("throttled-seconds", "throttled-bare", "throttled-date", "throttled-absurd"),
    *("reset-before", "reset-middle", "claims-more", "broken-chunks", "not-http"),
    *("redirect-loop", "redirect-private", "moved-temporarily", "moved-for-good"),
    *("truncated-gzip", "cut-document", "wrong-charset", "bare-ampersand"),
    *("unmodified-for-ever", "etag-gzip", "etag-odd", "etag-restless", "date-only", "no-validators", "deaf"),
    *("fresh-for-ever", "guid-fragments", "twins"),
)
MAX_AGE = 7200  # s; a strike heeds no more than five minutes of it


@pytest.fixture
async def beat(desk: Desk, tmp_path: Path) -> AsyncIterator[Beat]:
    farm = Farm(desk.clock, feeds=len(HEALTHY) + len(SICK), per_host=2, size=4, max_age=MAX_AGE)
    await farm.start()
    for feed, name in enumerate(SICK, len(HEALTHY)):
        farm.fault(name, feed)
    yield Beat(desk, farm, Settings(home=tmp_path))
    await farm.stop()


async def test_a_day_with_a_strike_and_a_restart_in_it(beat: Beat) -> None:
    """Eight hours of strike in twenty-four; six feeds in seven have something wrong with them all day."""
    await beat.add(*range(len(beat.farm.addresses)))
    await live(beat, hours=8, step=15)
    window = await beat.on_strike(hours=8)
    await live(beat, hours=4, step=5)
    beat.restart()
    beat.farm.restarted()
    await live(beat, hours=4, step=5)
    await live(beat, hours=8, step=15, articles=False)
    published = {beat.farm.link(each): each.at for each in beat.farm.published()}
    assert dict.fromkeys(published, 1) == Counter(await beat.seen())
    within = [link for link, at in published.items() if window.opens.timestamp() <= at < window.closes.timestamp()]
    assert (48, 24, sorted(within)) == (len(published), len(within), await answered(beat))
    assert ({}, 100) == (beat.farm.score().sins, beat.farm.score().points)


async def answered(beat: Beat) -> list[str]:
    """The link of the article of each notice."""
    async with beat.desk.store.read() as tx:
        query = select(Article.link).join(Notice, col(Notice.article_id) == col(Article.id))
        return list((await tx.exec(query.order_by(Article.link))).all())


async def live(beat: Beat, hours: int, step: int, *, articles: bool = True) -> None:
    """So many hours, looking every ``step`` minutes at what is due; each healthy feed has news every two hours."""
    for minute in range(0, hours * 60, step):
        if articles and minute % 120 == 60:
            beat.farm.publish(*HEALTHY)
        await beat.look(minutes=step)
