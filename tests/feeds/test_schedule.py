# SPDX-License-Identifier: AGPL-3.0-or-later
"""When to look again: often in a strike, politely outside, never before what was asked, never not at all."""

import random
from datetime import UTC, datetime, timedelta

import pytest

from relay.feeds.http.answers import Memory
from relay.feeds.schedule import (
    believed_gone,
    first_gap,
    hurried,
    lies,
    next_look,
    smoothed,
    still_distrusted,
    whole_due,
)

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


class Middle(random.Random):
    """No jitter."""

    def uniform(self, a: float, b: float) -> float:
        return (a + b) / 2


def wait(**given: object) -> float:
    return (next_look(NOW, Middle(), **given) - NOW).total_seconds()  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("given", "seconds"),
    [
        ({"strike": True}, 45),
        ({"strike": True, "gap": 60}, 45),
        ({"strike": True, "gap": 1600}, 200),
        ({"strike": True, "gap": 86_400}, 300),
        ({"strike": True, "hint": 120}, 120),
        ({"strike": True, "hint": 3600}, 300),
        ({"strike": True, "floor": 30}, 30),
        ({"strike": True, "floor": 0.5, "gap": 8}, 1),
        ({"strike": False}, 300),
        ({"strike": False, "gap": 3600}, 900),
        ({"strike": False, "gap": 10_000_000}, 21_600),
        ({"strike": False, "hint": 43_200}, 43_200),
        ({"strike": False, "hint": 10_000_000}, 86_400),
        ({"strike": True, "failures": 1}, 90),
        ({"strike": True, "failures": 3}, 360),
        ({"strike": True, "failures": 99}, 600),
        ({"strike": False, "failures": 2}, 1200),
        ({"strike": False, "failures": 10_000, "gap": 86_400}, 43_200),
        ({"strike": False, "failures": 10_000, "hint": 86_400}, 86_400),
        ({"strike": True, "crowd": 45}, 45),
        ({"strike": True, "crowd": 120}, 120),
        ({"strike": True, "crowd": 120, "gap": 1600}, 200),
        ({"strike": True, "crowd": 5000}, 300),
        ({"strike": False, "crowd": 200}, 300),
        ({"strike": False, "crowd": 5000}, 5000),
        ({"strike": True, "distrusted": True}, 300),
        ({"strike": False, "distrusted": True, "gap": 3600}, 900),
        ({"strike": True, "quarantined": True, "failures": 3}, 3600),
        ({"strike": False, "quarantined": True, "gap": 86_400}, 21_600),
    ],
)
def test_the_wait(given: dict[str, object], seconds: float) -> None:
    assert wait(**given) == pytest.approx(seconds)


@pytest.mark.parametrize("strike", [True, False])
def test_retry_after_is_absolute(strike: bool) -> None:
    asked = NOW + timedelta(hours=20)
    assert next_look(NOW, Middle(), strike=strike, retry_at=asked) == asked
    assert next_look(NOW, Middle(), strike=strike, retry_at=NOW) > NOW


def test_jitter_spreads_looks_by_a_tenth_and_never_before_what_was_asked() -> None:
    rng = random.Random(7)
    waits = [(next_look(NOW, rng, strike=True, gap=1600) - NOW).total_seconds() for _ in range(300)]
    assert 180 <= min(waits) < 183 < 217 < max(waits) <= 220
    assert all(next_look(NOW, rng, strike=True, hint=200) >= NOW + timedelta(seconds=200) for _ in range(100))


def test_the_gap_is_a_moving_average() -> None:
    assert (smoothed(None, 600), smoothed(600, 1100), smoothed(600, 300, articles=3)) == (600, 700, 500)


def test_the_first_guess_comes_from_the_dates_of_the_document() -> None:
    dates = [NOW, None, NOW - timedelta(minutes=10), NOW, NOW - timedelta(minutes=30)]
    assert (first_gap(dates), first_gap([NOW, None]), first_gap([])) == (1200 - 120, None, None)


@pytest.mark.parametrize(
    ("turn", "turns", "given", "seconds"),
    [
        (0, 1, {}, 0),
        (9, 10, {}, 0),
        (0, 90, {}, 0),
        (10, 90, {}, 5),
        (89, 90, {}, 44.5),
        (89, 90, {"planned": NOW + timedelta(seconds=3)}, 3),
        (89, 90, {"planned": NOW - timedelta(seconds=3)}, 0),
        (0, 1, {"hint": 120}, 0),
        (0, 1, {"looked_at": NOW - timedelta(seconds=20)}, 0),
        (0, 1, {"looked_at": NOW - timedelta(seconds=20), "hint": 120}, 100),
        (0, 1, {"looked_at": NOW - timedelta(seconds=20), "hint": 86_400}, 280),
        (0, 1, {"looked_at": NOW - timedelta(seconds=500), "hint": 86_400}, 0),
        (0, 1, {"retry_at": NOW + timedelta(seconds=1000)}, 1000),
        (0, 1, {"retry_at": NOW - timedelta(seconds=1000)}, 0),
    ],
)
def test_an_armed_strike_hurries_its_feeds_but_keeps_to_what_servers_asked(
    turn: int, turns: int, given: dict[str, object], seconds: float
) -> None:
    wanted = {"planned": NOW + timedelta(hours=6), **given}
    assert (hurried(NOW, turn, turns, **wanted) - NOW).total_seconds() == seconds  # type: ignore[arg-type]


def test_a_whole_document_is_asked_for_once_a_day_and_not_from_everyone_at_once() -> None:
    day = timedelta(hours=24)
    assert whole_due(7, None, NOW)
    assert not any(whole_due(feed, NOW, NOW + day - timedelta(seconds=1)) for feed in range(1000))
    assert all(whole_due(feed, NOW, NOW + timedelta(hours=25)) for feed in range(1000))
    for minutes in (15, 30, 45):
        asked = sum(whole_due(feed, NOW, NOW + day + timedelta(minutes=minutes)) for feed in range(1000))
        assert asked == pytest.approx(1000 * minutes / 60, abs=30)


HOUR = timedelta(hours=1)
A, B, NONE = Memory('"a"', "", b"1"), Memory('"b"', "", b"2"), Memory("", "", b"1")


@pytest.mark.parametrize(
    ("before", "after", "dates", "lie"),
    [
        (A, Memory('"a"', "", b"2"), [NOW], True),
        (A, B, [NOW - 2 * HOUR], True),
        (A, B, [NOW, None], True),
        (A, B, [NOW - HOUR / 2, NOW], False),
        (A, B, [], False),
        (NONE, B, [None], False),
        (NONE, Memory(body_hash=b"2"), [None], False),
    ],
)
def test_a_server_lies_if_it_confirmed_what_it_had_already_changed(
    before: Memory, after: Memory, dates: list[datetime | None], lie: bool
) -> None:
    assert lies(before, after, dates, confirmed=NOW) is lie


def test_a_server_that_lied_is_believed_again_after_a_month() -> None:
    since = NOW - timedelta(days=30)
    assert (still_distrusted(None, NOW), still_distrusted(since, NOW), still_distrusted(since + HOUR, NOW)) == (
        False,
        False,
        True,
    )


@pytest.mark.parametrize(("sightings", "hours", "gone"), [(2, 48, False), (3, 23, False), (3, 24, True), (9, 99, True)])
def test_gone_for_good_is_believed_after_three_sightings_over_a_day(sightings: int, hours: int, gone: bool) -> None:
    assert believed_gone(sightings, NOW, NOW + hours * HOUR) is gone
