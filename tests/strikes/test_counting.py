# SPDX-License-Identifier: AGPL-3.0-or-later
"""The day of the strike and what is left of it."""

from datetime import UTC, datetime, timedelta

import pytest

from relay.strikes.counting import day_of_strike, hours_left
from relay.strikes.windows import added, window

PARIS = "Europe/Paris"
NOW = datetime(2026, 12, 1, tzinfo=UTC)


def windows(*ranges: tuple[str, str]):
    made = ()
    for opens, closes in ranges:
        made = added(made, window(opens, closes, PARIS, NOW), PARIS)
    return made


STRIKE = windows(
    ("2026-12-17 09:00", "2026-12-17 19:00"),
    ("2026-12-18 22:00", "2026-12-20 00:00"),
    ("2026-12-23 09:00", "2026-12-23 19:00"),
)


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2026-12-17T07:59", 0),
        ("2026-12-17T08:00", 1),
        ("2026-12-18T12:00", 1),
        ("2026-12-18T21:00", 2),
        ("2026-12-18T22:59", 2),
        ("2026-12-18T23:00", 3),
        ("2026-12-22T12:00", 3),
        ("2026-12-23T12:00", 4),
        ("2027-01-01T00:00", 4),
    ],
)
def test_days_are_counted_by_the_newsrooms_calendar(now: str, expected: int) -> None:
    """A day begins at the newsroom's midnight; days without a window do not count, nor does a midnight end."""
    assert expected == day_of_strike(STRIKE, datetime.fromisoformat(now).replace(tzinfo=UTC), PARIS)


@pytest.mark.parametrize(
    ("before_closing", "hours"),
    [
        (timedelta(hours=10), 10),
        (timedelta(hours=9, seconds=1), 10),
        (timedelta(hours=1, seconds=1), 2),
        (timedelta(hours=1), 1),
        (timedelta(minutes=59), 1),
        (timedelta(microseconds=1), 1),
        (timedelta(0), 0),
        (timedelta(hours=11), 0),
    ],
)
def test_what_is_left_is_rounded_up(before_closing: timedelta, hours: int) -> None:
    """While a window is open there is always something left of it."""
    assert hours == hours_left(STRIKE, STRIKE[0].closes - before_closing)
