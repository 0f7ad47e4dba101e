# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the ledger says of a ward: who is due, what looks changed, and what others said meanwhile."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from desk import Desk
from feeds.beat import WARD, Statements
from feeds.conftest import NOW
from sqlmodel import select

from relay.store import looks, pushes
from relay.store.columns import saved
from relay.store.feed import Feed
from relay.store.looks import AGAIN, Due
from relay.terms import Window

SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)
A, B = "a.example", "b.example"
one_store = pytest.mark.parametrize("address", ["sqlite"], indirect=True)


async def plant(desk: Desk, *rows: dict[str, Any]) -> list[int]:
    """Feeds on host A, due a second ago unless told; their numbers."""
    async with desk.store.write() as tx:
        made = [
            Feed(
                **{
                    "newsroom_id": desk.newsroom,
                    "address": f"https://{row.get('host', A)}/{turn}",
                    "host": A,
                    "lane": WARD,
                    "next_look_at": NOW - SECOND,
                }
                | row
            )
            for turn, row in enumerate(rows)
        ]
        tx.add_all(made)
        await tx.flush()
        return [saved(row.id) for row in made]


async def due(desk: Desk, most: int = 99, hand: Sequence[int] = (), full: Sequence[str] = ()) -> list[Due]:
    async with desk.store.read() as tx:
        return await looks.due(tx, WARD, NOW, most, hand, full)


async def row(desk: Desk, number: int) -> Feed:
    async with desk.store.read() as tx:
        return await tx.get_one(Feed, number)


async def planned(desk: Desk, numbers: Sequence[int]) -> list[float]:
    """Seconds until the next look at each."""
    async with desk.store.read() as tx:
        found = dict((await tx.exec(select(Feed.id, Feed.next_look_at))).all())
    return [(found[number] - NOW).total_seconds() for number in numbers]


@one_store
async def test_whoever_waits_longest_comes_first(desk: Desk) -> None:
    waits = [5, 60, 0, 3600, -1]
    numbers = await plant(desk, *({"next_look_at": NOW - wait * SECOND} for wait in waits))
    assert [numbers[at] for at in (3, 1, 0, 2)] == [each.id for each in await due(desk)]
    assert [numbers[at] for at in (3, 1)] == [each.id for each in await due(desk, 2)]


async def test_who_is_not_due(desk: Desk) -> None:
    """Removed, believed gone, of another ward, in hand, or on a host that is full."""
    gone = {"removed_at": NOW}, {"off_at": NOW}, {"lane": "feed/01"}, {"next_look_at": NOW + SECOND}
    numbers = await plant(desk, *gone, {}, {"host": B}, {})
    assert numbers[4:] == [each.id for each in await due(desk)]
    assert numbers[5:6] == [each.id for each in await due(desk, hand=[0, *numbers[6:]], full=[A])]
    assert [] == await due(desk, full=[A, B])


@one_store
async def test_everything_a_look_needs_comes_along(desk: Desk) -> None:
    told = {"etag": 'W/"é"', "prints": b"12345678", "whole_at": NOW, "gap": 1.5, "moved_to": "https://b.example/"}
    await plant(desk, told, {"host": B}, {"removed_at": NOW})
    found, other = await due(desk)
    assert (told, 2, 1) == ({name: getattr(found, name) for name in told}, found.crowd, other.crowd)
    assert looks.known(await row(desk, found.id), crowd=2) == found


@one_store
async def test_when_a_ward_next_has_work(desk: Desk) -> None:
    async with desk.store.read() as tx:
        assert None is await looks.following(tx, WARD)
    off = {"next_look_at": NOW - HOUR, "off_at": NOW}
    await plant(desk, off, {"next_look_at": NOW + HOUR}, {"next_look_at": NOW + 2 * HOUR})
    async with desk.store.read() as tx:
        assert NOW + HOUR == await looks.following(tx, WARD)


@one_store
async def test_the_windows_of_every_newsroom(desk: Desk) -> None:
    """Those of strikes that are over count no more."""
    window = Window(NOW + HOUR, NOW + 2 * HOUR)
    async with desk.store.read() as tx:
        assert {} == await looks.windows(tx)
    await desk.strike(await desk.account(), windows=(window,))
    async with desk.store.read() as tx:
        assert {desk.newsroom: [window]} == await looks.windows(tx)


async def test_fifty_looks_without_news_are_one_statement(desk: Desk) -> None:
    numbers = await plant(desk, *({} for _ in range(50)))
    found = await due(desk)
    moments = [NOW + each.id * SECOND for each in found]
    told = [(each, {"looked_at": NOW, "next_look_at": at}) for each, at in zip(found, moments, strict=True)]
    with Statements(desk.store) as statements:
        async with desk.store.write() as tx:
            await looks.note(tx, told, NOW)
    assert {"UPDATE": 1} == statements.verbs()
    assert [float(number) for number in numbers] == await planned(desk, numbers)


async def test_looks_of_several_kinds_are_a_statement_each_and_one_lock(desk: Desk) -> None:
    """On PostgreSQL rows are locked by number before they are changed in groups, so that nobody waits in a circle."""
    numbers = await plant(desk, *({} for _ in range(6)))
    kinds: list[dict[str, Any]] = [{}, {"etag": '"b"'}, {"failures": 1, "fault": "no"}]
    told = [(each, {"next_look_at": NOW + HOUR} | kinds[at % 3]) for at, each in enumerate(await due(desk))]
    with Statements(desk.store) as statements:
        async with desk.store.write() as tx:
            await looks.note(tx, reversed(told), NOW)
    assert {"SELECT": 1, "UPDATE": 3} == statements.verbs()
    written = [await row(desk, number) for number in numbers]
    assert ["", '"b"', ""] * 2 == [each.etag for each in written]
    assert [0, 0, 1] * 2 == [each.failures for each in written]


MEANWHILE = {  # what somebody planned while a look was under way → seconds until the next look, though 300 was decided
    "nothing": (None, 300),
    "a strike that looks at once": (NOW, AGAIN.total_seconds()),
    "a strike that looks in turn": (NOW + 20 * SECOND, 20),
    "a push": (NOW + 2 * SECOND, 2),
    "a push a moment ago": (NOW - SECOND + timedelta(microseconds=1), AGAIN.total_seconds()),
    "a host that wants to rest": (NOW + HOUR, 3600),
}


@pytest.mark.parametrize("said", MEANWHILE)
async def test_what_was_said_while_a_look_was_under_way_stays(desk: Desk, said: str) -> None:
    """The ledger decides it where looks are noted together, ``still`` where one is learnt: both say the same."""
    moment, seconds = MEANWHILE[said]
    numbers = await plant(desk, {})
    (found,) = await due(desk)
    async with desk.store.write() as tx:
        feed = await tx.get_one(Feed, found.id)
        feed.next_look_at = moment or feed.next_look_at
        tx.add(feed)
    async with desk.store.write() as tx:
        await looks.note(tx, [(found, {"next_look_at": NOW + 300 * SECOND})], NOW)
    assert [seconds] == await planned(desk, numbers)
    still = looks.still(moment or found.next_look_at, found, NOW + 300 * SECOND, NOW)
    assert seconds == (still - NOW).total_seconds()


@one_store
async def test_a_feed_that_was_hurried_misses_no_edge(desk: Desk) -> None:
    numbers = await plant(desk, {})
    (found,) = await due(desk)
    async with desk.store.write() as tx:
        feed = await tx.get_one(Feed, found.id)
        feed.next_look_at = NOW
        tx.add(feed)
    async with desk.store.write() as tx:
        await looks.note(tx, [(found, {"next_look_at": NOW + 3 * SECOND})], NOW)
    assert [3] == await planned(desk, numbers)
    assert NOW + 3 * SECOND == looks.still(NOW, found, NOW + 3 * SECOND, NOW)


async def test_a_host_that_wants_to_rest_rests_whatever_the_feed(desk: Desk) -> None:
    """Of whatever newsroom; who is to be looked at later still stays so, and who rests longer does."""
    later = {"next_look_at": NOW + 2 * HOUR}
    numbers = await plant(desk, {}, later, {"host": B}, {"retry_at": NOW + 3 * HOUR} | later, {"removed_at": NOW})
    async with desk.store.write() as tx:
        await looks.rest(tx, A, NOW + HOUR)
    assert [3600, 7200, -1, 7200, 3600] == await planned(desk, numbers)
    written = [await row(desk, number) for number in numbers]
    rests = [each.retry_at and each.retry_at - NOW for each in written]
    assert [HOUR, HOUR, None, 3 * HOUR, HOUR] == rests


@one_store
@pytest.mark.parametrize(
    ("at", "retry", "expected"),
    [
        (300, None, 2.0),  # planned for later: brought forward
        (1, None, 1.0),  # planned for sooner
        (2, None, 2.0),
        (0, None, 0.000001),  # due, perhaps under way: it keeps its turn, and is marked
        (-60, None, -59.999999),
        (300, 60, 300.0),  # the server wants to rest
    ],
)
async def test_a_push_pulls_a_look(desk: Desk, at: int, retry: int | None, expected: float) -> None:
    rest: datetime | None = None if retry is None else NOW + retry * SECOND
    numbers = await plant(desk, {"next_look_at": NOW + at * SECOND, "retry_at": rest})
    async with desk.store.write() as tx:
        await pushes.pulled(tx, numbers[0], NOW + 2 * SECOND, NOW)
    assert [expected] == await planned(desk, numbers)
