# SPDX-License-Identifier: AGPL-3.0-or-later
"""Feeds in hand whose host must rest first."""

from datetime import UTC, datetime

import pytest

from relay.clock import ManualClock
from relay.feeds.line import LONGEST, Lines
from relay.feeds.pace import ABREAST, SPACING, Pace
from relay.store.feed import Feed
from relay.store.looks import Due, known

A, B = "a.example", "b.example"


class Counter:
    """Lines whose looks end only when told to; ``begun``: the numbers of the feeds, in order."""

    def __init__(self) -> None:
        self.clock = ManualClock(datetime(2026, 3, 2, tzinfo=UTC))
        self.pace, self.begun = Pace(self.clock), list[int]()
        self.lines = Lines(self.pace, lambda feed: self.begun.append(feed.id))

    def join(self, host: str, *numbers: int) -> None:
        for number in numbers:
            self.lines.join(_feed(number, host))

    def after(self, seconds: float) -> list[int]:
        """Let time pass; who has begun by then."""
        self.clock.advance(seconds=seconds)
        self.lines.move()
        return self.begun


def _feed(number: int, host: str) -> Due:
    moment = datetime(2026, 3, 2, tzinfo=UTC)
    return known(Feed(id=number, newsroom_id=1, address="", host=host, lane="feed/00", next_look_at=moment))


@pytest.fixture
def counter() -> Counter:
    return Counter()


def test_the_first_of_a_host_begins_at_once_the_others_as_it_rests_and_in_order(counter: Counter) -> None:
    counter.join(A, 1, 2, 3)
    counter.join(B, 4)
    assert ([1, 4], {2, 3}, SPACING) == (counter.begun, counter.lines.ids, counter.lines.rest)
    assert [1, 4] == counter.after(SPACING / 2)
    assert [1, 4, 2] == counter.after(SPACING / 2)
    counter.pace.end(A)
    assert ([1, 4, 2, 3], set(), 0.0) == (counter.after(SPACING), counter.lines.ids, counter.lines.rest)


def test_where_enough_is_under_way_a_line_stands_still_until_a_look_ends(counter: Counter) -> None:
    counter.join(A, *range(ABREAST + 1))
    for _ in range(ABREAST + 5):
        counter.after(SPACING)
    assert list(range(ABREAST)) == counter.begun
    counter.pace.end(A)
    assert [*range(ABREAST), ABREAST] == counter.after(0)


def test_whoever_comes_after_a_line_joins_it_though_the_host_has_rested(counter: Counter) -> None:
    counter.join(A, 1, 2)
    counter.clock.advance(seconds=SPACING)
    counter.join(A, 3)
    assert [1, 2] == counter.after(0)
    counter.pace.end(A)
    assert [1, 2, 3] == counter.after(SPACING)


def test_a_line_is_full_in_the_end_and_who_finds_it_so_is_not_in_hand(counter: Counter) -> None:
    counter.join(A, *range(LONGEST))
    assert set() == counter.lines.full
    counter.join(A, LONGEST, LONGEST + 1)
    assert ({A}, set(range(1, LONGEST + 1))) == (counter.lines.full, counter.lines.ids)


def test_a_host_that_is_not_to_be_asked_loses_its_line_and_no_other(counter: Counter) -> None:
    counter.join(A, 1, 2, 3)
    counter.join(B, 4, 5)
    counter.lines.leave(A)
    counter.lines.leave("nobody.example")
    assert ([1, 4, 5], set()) == (counter.after(SPACING), counter.lines.ids)
    counter.join(A, 6, 7)
    counter.lines.dissolve()
    assert [1, 4, 5, 6] == counter.after(9 * SPACING)
