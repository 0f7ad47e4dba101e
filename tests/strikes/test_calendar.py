# SPDX-License-Identifier: AGPL-3.0-or-later
"""A strike as an iCalendar file."""

from datetime import UTC, datetime

from icalendar import Calendar

from relay.strikes.calendar import export
from relay.strikes.windows import window
from relay.terms import Window

PARIS = "Europe/Paris"
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY = window("2026-03-28 09:00", "19:00", PARIS, NOW)
NIGHT = window("2026-10-25 00:00", "2026-10-25 02:30", PARIS, NOW)


def read(*windows: Window, stamp: datetime = NOW) -> Calendar:
    data = export(
        "strike-7", "Grève, réseaux", "Pour; « nos »\npostes", "https://fonds.example/", windows, PARIS, stamp
    )
    return Calendar.from_ical(data)


def test_there_is_one_event_a_window_at_its_very_instants() -> None:
    """Read back, the events are the windows, to the second, on both sides of a change of summer time."""
    events = read(DAY, NIGHT).walk("VEVENT")
    assert [DAY, NIGHT] == [
        Window(each["dtstart"].dt.astimezone(UTC), each["dtend"].dt.astimezone(UTC)) for each in events
    ]


def test_an_event_says_what_the_strike_is_about() -> None:
    """Name, reasons and link survive the format's own escapes."""
    event = read(DAY).walk("VEVENT")[0]
    assert ("Grève, réseaux", "Pour; « nos »\npostes\n\nhttps://fonds.example/") == (
        event["summary"],
        event["description"],
    )
    assert ("https://fonds.example/", "PRIVATE", NOW) == (event["url"], event["class"], event["dtstamp"].dt)


def test_times_carry_the_newsrooms_zone_with_its_rules() -> None:
    """A calendar in another country shows the right hour even if it has never heard of the zone."""
    calendar = read(DAY)
    assert "Europe/Paris" == calendar.walk("VEVENT")[0]["dtstart"].params["TZID"]
    assert ["Europe/Paris"] == [str(zone["tzid"]) for zone in calendar.walk("VTIMEZONE")]


def test_importing_again_moves_no_event() -> None:
    """An event's identity is the strike's key and the window's opening, whatever is added and whenever it is made."""
    before = [str(each["uid"]) for each in read(NIGHT).walk("VEVENT")]
    after = [str(each["uid"]) for each in read(DAY, NIGHT, stamp=NOW.replace(month=4)).walk("VEVENT")]
    assert before == after[1:]
    assert 2 == len(set(after))


def test_lines_are_as_short_as_the_standard_wants() -> None:
    """RFC 5545 §3.1: CRLF, 75 octets."""
    data = export("k", "é" * 200, "", "", [DAY], PARIS, NOW)
    assert all(len(line) <= 75 for line in data.split(b"\r\n"))
    assert data.endswith(b"END:VCALENDAR\r\n")


def test_a_strike_without_windows_is_an_empty_calendar() -> None:
    """A draft can be exported."""
    assert [] == read().walk("VEVENT")
