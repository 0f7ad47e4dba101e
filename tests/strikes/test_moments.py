# SPDX-License-Identifier: AGPL-3.0-or-later
"""From what a striker types to an instant."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay.faults import Invalid
from relay.strikes.moments import instant, wall, zone_of

TODAY = date(2026, 12, 16)
EVENING = datetime(2026, 12, 16, 18, 30)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-12-17 09:00", datetime(2026, 12, 17, 9)),
        ("2026-12-17T09:05", datetime(2026, 12, 17, 9, 5)),
        ("17/12/2026 09:00", datetime(2026, 12, 17, 9)),
        ("05/06/2026 9h", datetime(2026, 6, 5, 9)),
        ("17/12/2026 à 9h30", datetime(2026, 12, 17, 9, 30)),
        ("tomorrow 09:00", datetime(2026, 12, 17, 9)),
        ("  Tomorrow at 9 h ", datetime(2026, 12, 17, 9)),
        ("demain 9h", datetime(2026, 12, 17, 9)),
        ("aujourd’hui 9h", datetime(2026, 12, 16, 9)),
        ("today 23:59", datetime(2026, 12, 16, 23, 59)),
        ("9h", datetime(2026, 12, 17, 9)),
        ("18:30", datetime(2026, 12, 17, 18, 30)),
        ("18h31", datetime(2026, 12, 16, 18, 31)),
        ("24:00", datetime(2026, 12, 17)),
        ("2026-12-17 24h", datetime(2026, 12, 18)),
    ],
)
def test_what_strikers_type_is_understood(text: str, expected: datetime) -> None:
    """Days come before months, a time without a day is the next such time, 24:00 ends a day."""
    assert expected == wall(text, TODAY, EVENING)


@pytest.mark.parametrize(
    "text",
    [
        *("", "soon", "9", "9:", "09:0", "25h", "24:01", "09:60", "9h 9h"),
        *("2026-12-17", "2026-02-30 09:00", "12/17/2026 09:00", "17/12/26 9h", "0001-01-01 00:00", "9999-12-31 24:00"),
        *("2026-12-17 09:00Z", "2026-12-17 09:00+01:00"),
    ],
)
def test_what_cannot_be_read_gets_an_example(text: str) -> None:
    """The sentence names what was typed and shows what to type instead."""
    with pytest.raises(Invalid) as raised:
        wall(text, TODAY, EVENING)
    assert f"“{text}” is not a day and time; write it like" in str(raised.value)


def test_a_time_that_does_not_exist_is_refused_with_the_one_to_type() -> None:
    """On the last Sunday of March, Berlin has no 02:30."""
    with pytest.raises(Invalid) as raised:
        instant(datetime(2026, 3, 29, 2, 30), "Europe/Berlin", edge="opens")
    expected = "02:30 does not exist on 2026-03-29 in Europe/Berlin, where the clocks go forward; write 03:30."
    assert expected == str(raised.value)


@pytest.mark.parametrize(("edge", "hour"), [("opens", 0), ("closes", 1)])
def test_a_time_that_exists_twice_never_shortens_the_strike(edge, hour) -> None:
    """Opening takes the first 02:30 of the night, closing the second."""
    expected = datetime(2026, 10, 25, hour, 30, tzinfo=UTC)
    assert expected == instant(datetime(2026, 10, 25, 2, 30), "Europe/Berlin", edge=edge)


@given(
    local=st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2100, 1, 1)),
    zone=st.sampled_from(["Europe/Paris", "America/St_Johns", "Australia/Lord_Howe", "Pacific/Apia", "UTC"]),
)
def test_the_clocks_show_what_was_typed_or_it_is_refused(local: datetime, zone: str) -> None:
    """At the instant of a wall time the newsroom's clocks show it; and opening is never later than closing."""
    try:
        opens, closes = instant(local, zone, edge="opens"), instant(local, zone, edge="closes")
    except Invalid:
        around = {(local + timedelta(days=n)).replace(tzinfo=ZoneInfo(zone)).utcoffset() for n in (-2, 2)}
        assert len(around) == 2
        return
    assert [local, local] == [each.astimezone(ZoneInfo(zone)).replace(tzinfo=None) for each in (opens, closes)]
    assert opens <= closes


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Paris", "did you mean Europe/Paris?"),
        ("europe/paris", "did you mean Europe/Paris?"),
        ("Europe/Pariss", "did you mean Europe/Paris"),
        ("new york", "did you mean America/New_York?"),
        ("Europe", "write one like Europe/Paris"),
        ("Mars/Base", "write one like Europe/Paris"),
        ("", "write one like Europe/Paris"),
        ("../../etc/passwd", "write one like Europe/Paris"),
    ],
)
def test_an_unknown_zone_is_answered_with_the_nearest(name: str, expected: str) -> None:
    """A city alone, other capitals and typing errors lead to the right name."""
    with pytest.raises(Invalid) as raised:
        zone_of(name)
    assert expected in str(raised.value)
