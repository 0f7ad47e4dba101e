# SPDX-License-Identifier: AGPL-3.0-or-later
"""One drain of a ward: nobody is passed over, nobody is crowded, and whatever goes wrong with one feed is its own."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from desk import Desk
from feeds.beat import Beat, Statements

from relay.clock import FastClock
from relay.feeds import look, patrol
from relay.feeds.http.answers import Limits
from relay.feeds.http.fetch import fetch
from relay.feeds.look import Look
from relay.outside import Outside
from relay.settings import Settings
from relay.square.farm.farm import Farm
from relay.store import looks, pushes
from relay.store.looks import Due

pytestmark = pytest.mark.parametrize("address", ["sqlite"], indirect=True)
SECOND = timedelta(seconds=1)
HOSTS = (10, 20, 30, 40, 50)  # feeds of the farm that are on a host of their own, as are 0 … 9 together


@pytest.fixture
async def beat(desk: Desk, tmp_path: Path) -> AsyncIterator[Beat]:
    farm = Farm(desk.clock, feeds=60, per_host=10, size=4)
    await farm.start()
    yield Beat(desk, farm, Settings(home=tmp_path))
    await farm.stop()


Meanwhile = Callable[[Due], Awaitable[None]]


@dataclass
class Looks:
    """Real ones, which are written down: ``begun`` by address with the moment, ``ended`` likewise, s of a clock."""

    clock: Any
    meanwhile: dict[str, Meanwhile] = field(default_factory=dict)
    begun: dict[str, float] = field(default_factory=dict)
    ended: dict[str, float] = field(default_factory=dict)

    async def look(self, outside: Outside, parser: Any, feed: Due) -> Look:
        self.begun[feed.address] = self.clock.steady()
        seen = await look.look(outside, parser, feed)
        if feed.address in self.meanwhile:
            await self.meanwhile[feed.address](feed)
        self.ended[feed.address] = self.clock.steady()
        return seen


@pytest.fixture
def seen(beat: Beat, monkeypatch: pytest.MonkeyPatch) -> Looks:
    made = Looks(beat.desk.clock)
    monkeypatch.setattr(patrol, "look", made.look)
    return made


async def until(done: Callable[[], Awaitable[bool]]) -> None:
    """Raises TimeoutError after five seconds."""
    async with asyncio.timeout(5):
        while not await done():  # noqa: ASYNC110 - the ledger sets no event
            await asyncio.sleep(0.01)


async def test_whoever_waits_longest_is_looked_at_first(
    beat: Beat, seen: Looks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patrol, "WIDTH", 1)
    await beat.add(40, 10, 30, 50, 20)
    for _ in range(5):
        await beat.look(seconds=0.5)
    assert [beat.farm.addresses[each] for each in (40, 10, 30, 50, 20)] == list(seen.begun)


async def test_a_host_with_many_feeds_keeps_no_other_host_waiting(
    beat: Beat, seen: Looks, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They wait longest, and would fill the ward; the host is asked once a second."""
    monkeypatch.setattr(patrol, "WIDTH", 3)
    await beat.add(*range(6), *HOSTS)
    again = await beat.patrol()
    assert [beat.farm.addresses[each] for each in (0, *HOSTS[:2])] == list(seen.begun)
    assert beat.desk.clock.now() + SECOND == again
    for _ in range(5):
        await beat.look(seconds=1)
    assert [beat.farm.addresses[each] for each in range(6)] == [each for each in seen.begun if ".1.0.1:" in each]
    assert {} == beat.farm.score().sins


async def test_two_looks_at_a_host_at_once_a_second_apart_and_other_hosts_go_on(
    beat: Beat, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a clock that runs twenty times as fast, at feeds that never answer."""
    clock = FastClock(beat.desk.clock.now(), 20.0)
    beat.restart(replace(beat.desk.outside, clock=clock))
    seen = Looks(clock)
    monkeypatch.setattr(patrol, "look", seen.look)
    monkeypatch.setattr(patrol, "PASS", 0.02)
    monkeypatch.setattr(look, "fetch", partial(fetch, limits=Limits(total=0.4)))
    beat.farm.fault("hang", 0, 1, 2)
    await beat.add(0, 1, 2, *HOSTS)
    await beat.patrol()
    first, second, third = (beat.farm.addresses[each] for each in range(3))
    assert seen.begun[first] + 1 <= seen.begun[second] < seen.ended[first]
    assert max(seen.ended[first], seen.begun[second] + 1) <= seen.begun[third]
    assert max(seen.ended[beat.farm.addresses[each]] for each in HOSTS) < seen.ended[first]
    assert "crowding" not in beat.farm.score().sins


async def test_a_host_that_has_had_enough_is_left_alone_by_those_who_wait_for_it(
    beat: Beat, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the drain goes on because of another host that never answers."""
    beat.restart(replace(beat.desk.outside, clock=FastClock(beat.desk.clock.now(), 20.0)))
    monkeypatch.setattr(look, "fetch", partial(fetch, limits=Limits(total=0.4)))
    beat.farm.fault("hang", 10)
    beat.farm.fault("throttled-seconds", 0)
    await beat.add(0, 1, 2, 10)
    await beat.patrol()
    assert [None, None] == [(await beat.row(each)).looked_at for each in (1, 2)]
    assert {} == beat.farm.score().sins


async def test_a_feed_that_hangs_holds_up_no_other_and_leaves_nothing_behind(
    beat: Beat, seen: Looks, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the others have brought is in the ledger while it hangs, and what comes due meanwhile is looked at."""
    monkeypatch.setattr(patrol, "PASS", 0.02)
    beat.farm.fault("hang", 0)
    await beat.add(0, *HOSTS)
    before = asyncio.all_tasks()
    drain = asyncio.create_task(beat.patrol())
    await until(partial(_looked_at, beat, *HOSTS))
    beat.farm.publish(10)
    beat.desk.clock.advance(seconds=19)
    await beat.change(10, next_look_at=beat.desk.clock.now())
    await until(partial(_saw, beat, 1))
    assert beat.farm.addresses[0] not in seen.ended
    drain.cancel()
    await asyncio.gather(drain, return_exceptions=True)
    left = {getattr(task.get_coro(), "__qualname__", "") for task in asyncio.all_tasks() - before}
    assert (True, {"Wire._play"}) == (drain.cancelled(), left)  # the farm's own
    assert None is (await beat.row(0)).looked_at


async def _looked_at(beat: Beat, *feeds: int) -> bool:
    return all([(await beat.row(each)).looked_at for each in feeds])


async def _saw(beat: Beat, articles: int) -> bool:
    return len(await beat.seen()) == articles


async def test_fifty_looks_without_news_cost_one_update(beat: Beat) -> None:
    """And a pass without any a question or two, however many feeds there are."""
    await beat.add(*range(50), apart=True)
    await beat.patrol()
    beat.desk.clock.advance(minutes=20)
    answers = beat.farm.told.answers
    with Statements(beat.desk.store) as statements:
        await beat.patrol()
    assert (50, 50) == (beat.farm.told.answers - answers, beat.farm.told.unchanged)
    assert 1 == statements.verbs()["UPDATE"]
    assert len(statements.told) <= 8, statements.told
    with Statements(beat.desk.store) as statements:
        await beat.patrol()
    assert {"SELECT": 2} == statements.verbs()


async def _pushed(beat: Beat, feed: Due) -> None:
    now = beat.desk.clock.now()
    async with beat.desk.store.write() as tx:
        await pushes.pulled(tx, feed.id, now + 2 * SECOND, now)


async def _armed(beat: Beat, feed: Due) -> None:
    await beat.on_strike()


async def _throttled(beat: Beat, feed: Due) -> None:
    async with beat.desk.store.write() as tx:
        await looks.rest(tx, feed.host, beat.desk.clock.now() + 7200 * SECOND)


@pytest.mark.parametrize("news", [False, True])
@pytest.mark.parametrize(("event", "seconds"), [(_pushed, 10), (_armed, 10), (_throttled, 7200)])
async def test_what_was_said_of_a_feed_while_it_was_looked_at_stays(
    beat: Beat, seen: Looks, event: Callable[[Beat, Due], Awaitable[None]], seconds: int, news: bool
) -> None:
    """Whether the look is written down with others, or learnt in a transaction of its own."""
    await beat.add(0)
    await beat.patrol()
    if news:
        beat.farm.publish(0)
    seen.meanwhile[beat.farm.addresses[0]] = partial(event, beat)
    await beat.look(minutes=20)
    row = await beat.row(0)
    assert int(news) == len(await beat.seen())
    assert seconds * SECOND == row.next_look_at - beat.desk.clock.now()
    assert (seconds == 7200) == (row.retry_at is not None)


@pytest.mark.parametrize("news", [False, True])
async def test_a_feed_that_is_removed_while_it_is_looked_at_stays_removed(beat: Beat, seen: Looks, news: bool) -> None:
    async def remove(feed: Due) -> None:
        await beat.watch.unsubscribe(beat.desk.newsroom, feed.id)

    await beat.add(0, 10)
    await beat.patrol()
    if news:
        beat.farm.publish(0)
    seen.meanwhile[beat.farm.addresses[0]] = remove
    await beat.look(minutes=20)
    assert ([], beat.desk.clock.now()) == (await beat.seen(), (await beat.row(0)).removed_at)
    asked = beat.farm.told.answers
    await beat.look(hours=7)
    assert asked + 1 == beat.farm.told.answers


async def test_a_crash_before_the_looks_are_written_down_costs_another_look(
    beat: Beat, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was learnt is learnt; the others are looked at again by whoever comes next, with the same validators."""
    await beat.add(*HOSTS)
    await beat.patrol()
    beat.farm.publish(10)
    beat.desk.clock.advance(minutes=20)
    with monkeypatch.context() as broken:
        broken.setattr(looks, "note", _dying)
        with pytest.raises(OSError, match="died"):
            await beat.patrol()
    assert 1 == len(await beat.seen())
    before = beat.farm.told.answers
    beat.restart()
    await beat.look(seconds=1)
    assert (before + 4, 8) == (beat.farm.told.answers, beat.farm.told.unchanged)
    assert [beat.farm.link(each) for each in beat.farm.published()] == await beat.seen()
    assert {} == beat.farm.score().sins


async def _dying(*_: Any) -> None:
    raise OSError("died")


async def test_a_bug_costs_one_feed_its_look_and_no_other(
    beat: Beat, seen: Looks, caplog: pytest.LogCaptureFixture
) -> None:
    async def stumble(feed: Due) -> None:
        raise ZeroDivisionError

    await beat.add(*HOSTS)
    seen.meanwhile[beat.farm.addresses[20]] = stumble
    again = await beat.patrol()
    rows = [await beat.row(each) for each in HOSTS]
    assert [0, 1, 0, 0, 0] == [row.failures for row in rows]
    assert [False, True, False, False, False] == ["stumbled" in row.fault for row in rows]
    assert rows[1].next_look_at > beat.desk.clock.now() + 5 * 60 * SECOND
    assert min(row.next_look_at for row in rows) == again
    assert [f"the look at feed {rows[1].id} failed"] == [each.getMessage() for each in caplog.records]


async def test_a_host_that_has_had_enough_is_left_alone(beat: Beat) -> None:
    """For as long as it said, whatever the feed, in a strike as well; other hosts go on."""
    await beat.on_strike()
    await beat.add(0, 1, 2, 10)
    for _ in range(3):
        await beat.look(seconds=2)
    beat.farm.fault("throttled-seconds", 0, times=1)
    beat.farm.publish(1, 10)
    for turn, each in enumerate((0, 1, 2, 10)):
        await beat.change(each, next_look_at=beat.desk.clock.now() + turn * SECOND)
    for _ in range(12):
        await beat.look(seconds=10)
    other, here = sorted(beat.farm.published(), key=lambda each: -each.feed)
    assert [beat.farm.link(other)] == await beat.seen()
    await beat.look(seconds=10)
    assert {beat.farm.link(other), beat.farm.link(here)} == set(await beat.seen())
    assert {} == beat.farm.score().sins
