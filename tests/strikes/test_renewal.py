# SPDX-License-Identifier: AGPL-3.0-or-later
"""The same hours again."""

from datetime import UTC, date, datetime

import pytest

from relay.faults import Invalid
from relay.strikes.renewal import renew
from relay.strikes.windows import window
from relay.terms import Window

PARIS = "Europe/Paris"
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("opens", "closes", "on", "expected"),
    [
        ("2026-03-10 09:00", "2026-03-10 19:00", None, ("2026-03-11 09:00", "2026-03-11 19:00")),
        ("2026-03-28 09:00", "2026-03-28 19:00", None, ("2026-03-29 09:00", "2026-03-29 19:00")),
        ("2026-10-24 09:00", "2026-10-24 19:00", None, ("2026-10-25 09:00", "2026-10-25 19:00")),
        ("2026-10-23 22:00", "2026-10-24 02:30", None, ("2026-10-24 22:00", "2026-10-25 02:30")),
        ("2026-03-10 22:00", "2026-03-11 06:00", None, ("2026-03-11 22:00", "2026-03-12 06:00")),
        ("2026-03-10 00:00", "2026-03-11 00:00", None, ("2026-03-11 00:00", "2026-03-12 00:00")),
        ("2026-03-10 09:00", "2026-03-12 09:01", None, ("2026-03-13 09:00", "2026-03-15 09:01")),
        ("2026-03-10 09:00", "2026-03-10 19:00", date(2026, 4, 2), ("2026-04-02 09:00", "2026-04-02 19:00")),
    ],
)
def test_a_renewed_window_has_the_same_hours_on_the_wall(opens, closes, on, expected) -> None:
    """The next day, or the day asked for, whatever summer time does in between; longer windows follow themselves."""
    old = window(opens, closes, PARIS, NOW)
    assert window(*expected, PARIS, NOW) == renew([old], PARIS, NOW, on)


def test_the_last_window_is_the_one_renewed() -> None:
    """Whatever order they are given in."""
    first, last = (window(f"2026-03-{day} 09:00", "19:00", PARIS, NOW) for day in (10, 12))
    assert window("2026-03-13 09:00", "2026-03-13 19:00", PARIS, NOW) == renew([last, first], PARIS, NOW)


@pytest.mark.parametrize(
    ("windows", "on", "expected"),
    [
        ([], None, "no window to renew"),
        ([Window(datetime(2026, 2, 1, 8, tzinfo=UTC), datetime(2026, 2, 1, 18, tzinfo=UTC))], None, "was over"),
        (
            [Window(datetime(2026, 3, 9, 1, 30, tzinfo=UTC), datetime(2026, 3, 9, 3, tzinfo=UTC))],
            date(2026, 3, 29),
            "02:30 does not exist",
        ),
    ],
)
def test_what_cannot_be_renewed_is_said(windows, on, expected) -> None:
    """Nothing to renew, a day that has passed, a time that the day does not have."""
    with pytest.raises(Invalid, match=expected):
        renew(windows, PARIS, NOW, on)
