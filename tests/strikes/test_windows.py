# SPDX-License-Identifier: AGPL-3.0-or-later
"""Reading windows, and knowing which one now is in."""

from datetime import UTC, datetime, timedelta

import pytest

from relay.faults import Invalid
from relay.strikes.windows import added, at, following, next_edge, parse_range, window
from relay.terms import Window

PARIS = "Europe/Paris"
EVENING = datetime(2026, 12, 16, 17, 30, tzinfo=UTC)  # 18:30 in Paris


def utc(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 12, day, hour, minute, tzinfo=UTC)


FIRST = Window(utc(17, 8), utc(17, 18))
SECOND = Window(utc(18, 8), utc(18, 18))
BOTH = (FIRST, SECOND)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("9h-19h", FIRST),
        ("de 9h à 19h", FIRST),
        ("from 09:00 to 19:00", FIRST),
        ("demain 9h–19h", FIRST),
        ("2026-12-17 09:00-19:00", FIRST),
        ("17/12/2026 09:00 - 17/12/2026 19:00", FIRST),
        ("22h-6h", Window(utc(16, 21), utc(17, 5))),
        ("today 9h-24h", Window(utc(16, 8), utc(16, 23))),
        ("9h-9h", Window(utc(17, 8), utc(18, 8))),
    ],
)
def test_ranges_are_understood(text: str, expected: Window) -> None:
    """A closing without a day is the first one after the opening, in the night if need be."""
    assert expected == parse_range(text, PARIS, EVENING)


@pytest.mark.parametrize("text", ["19h-9h", "2026-12-17 19:00-09:00", "2026-12-17 10:00-09:00", "9h-8h"])
def test_times_in_the_wrong_order_are_no_night(text: str) -> None:
    """A tired hand writes 19h-9h for 9h-19h; a strike of a whole night is written with both dates."""
    with pytest.raises(Invalid, match="before it starts"):
        parse_range(text, PARIS, EVENING)


def test_an_opening_that_has_passed_today_is_tomorrows() -> None:
    """“9h-19h” typed at noon never starts a strike on the spot."""
    assert FIRST == parse_range("9h-19h", PARIS, utc(16, 11))


@pytest.mark.parametrize("text", ["", "9-19", "9h", "9h-", "now", "9h-19h-21h", "2026-12-17"])
def test_what_is_no_range_gets_an_example(text: str) -> None:
    """The sentence shows how to write one."""
    with pytest.raises(Invalid, match="write it like 9h-19h"):
        parse_range(text, PARIS, EVENING)


@pytest.mark.parametrize(
    ("opens", "closes", "expected"),
    [
        ("2026-12-17 19:00", "2026-12-17 09:00", "would end (2026-12-17 09:00) before it starts (2026-12-17 19:00)"),
        ("2026-12-17 09:00", "2026-12-17 09:00", "before it starts"),
        ("2026-12-15 09:00", "2026-12-15 19:00", "was over at 2026-12-15 19:00; give one that is still to come."),
        ("2026-12-17 09:00", "2027-12-17 19:00", "A window of 365 days is longer than 31"),
        ("2027-03-28 02:15", "2027-03-28 19:00", "does not exist on 2027-03-28"),
    ],
)
def test_a_window_that_makes_no_sense_is_refused(opens: str, closes: str, expected: str) -> None:
    """Ending before its start, already over, absurdly long, at a time that no clock shows."""
    with pytest.raises(Invalid) as raised:
        window(opens, closes, PARIS, EVENING)
    assert expected in str(raised.value)


def test_a_window_may_have_opened_already() -> None:
    """A strike can be told of while it is on."""
    assert Window(utc(16, 8), utc(16, 18)) == window("2026-12-16 09:00", "19:00", PARIS, EVENING)


@pytest.mark.parametrize(
    ("opens", "closes", "hours"),
    [("2027-03-27 09:00", "2027-03-28 09:00", 23), ("2027-10-30 09:00", "2027-10-31 09:00", 25)],
)
def test_a_day_of_strike_across_summer_time_has_its_own_length(opens: str, closes: str, hours: int) -> None:
    """From nine to nine is 23 hours in spring and 25 in autumn."""
    made = window(opens, closes, PARIS, EVENING)
    assert timedelta(hours=hours) == made.closes - made.opens


def test_windows_are_kept_in_order_and_may_touch() -> None:
    """A window may begin at the instant at which another ends."""
    touching = Window(FIRST.closes, utc(17, 20))
    assert (FIRST, touching, SECOND) == added(added((SECOND,), FIRST, PARIS), touching, PARIS)


@pytest.mark.parametrize("new", [FIRST, Window(utc(17, 17), utc(17, 20)), Window(utc(17, 9), utc(17, 10))])
def test_overlapping_windows_are_refused(new: Window) -> None:
    """The sentence shows the window that is in the way, in the newsroom's time."""
    with pytest.raises(Invalid) as raised:
        added(BOTH, new, PARIS)
    expected = "The strike already has a window from 2026-12-17 09:00 to 2026-12-17 19:00; "
    assert expected + "give one that does not overlap it." == str(raised.value)


@pytest.mark.parametrize(
    ("now", "inside", "then", "edge"),
    [
        (EVENING, None, FIRST, FIRST.opens),
        (FIRST.opens - timedelta(microseconds=1), None, FIRST, FIRST.opens),
        (FIRST.opens, FIRST, SECOND, FIRST.closes),
        (FIRST.closes - timedelta(microseconds=1), FIRST, SECOND, FIRST.closes),
        (FIRST.closes, None, SECOND, SECOND.opens),
        (SECOND.opens, SECOND, None, SECOND.closes),
        (SECOND.closes, None, None, None),
    ],
)
def test_a_window_holds_its_opening_and_not_its_closing(now, inside, then, edge) -> None:
    """[opens, closes): at the first instant we are on strike, at the last we are not."""
    for windows in (BOTH, BOTH[::-1]):
        assert (inside, then, edge) == (at(windows, now), following(windows, now), next_edge(windows, now))


def test_a_strike_without_windows_waits_for_nothing() -> None:
    """A draft has nothing to open and nothing to wait for."""
    assert (None, None, None) == (at((), EVENING), following((), EVENING), next_edge((), EVENING))
