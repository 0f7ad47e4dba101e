# SPDX-License-Identifier: AGPL-3.0-or-later
"""From what a striker types to an instant: the clock on the newsroom's wall, and its summer time.

A wall time may exist twice (autumn) or not at all (spring), see https://peps.python.org/pep-0495/.
"""

import re
from datetime import UTC, date, datetime, time, timedelta
from difflib import get_close_matches
from typing import Literal
from zoneinfo import ZoneInfo, available_timezones

from relay.faults import Invalid
from relay.i18n import say

Edge = Literal["opens", "closes"]

TODAY = frozenset({"today", "aujourd'hui", "aujourd’hui"})
TOMORROW = frozenset({"tomorrow", "demain"})

DATE = r"\d{4}-\d{1,2}-\d{1,2} | \d{1,2}/\d{1,2}/\d{4} | " + " | ".join(sorted(TODAY | TOMORROW))
TIME = r"(?P<hour>\d{1,2}) \s? (?: h | :(?=\d\d)) \s? (?P<minute>\d{2})?"
MOMENT = rf"(?: (?P<date>{DATE}) (?: ,?\s+ (?:at\s+|à\s+)? | t) )? {TIME}"
_MOMENT = re.compile(MOMENT, re.VERBOSE)


def zone_of(name: str) -> ZoneInfo:
    """The time zone called ``name`` in the tz database. Raises Invalid with the nearest names."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # OSError: the name of a folder of zones, such as "Europe"
        near = _nearest(name)
    if near:
        raise Invalid(say("There is no time zone “{name}”; did you mean {near}?", name=name, near=", ".join(near)))
    raise Invalid(say("There is no time zone “{name}”; write one like Europe/Paris or America/Montreal.", name=name))


def _nearest(name: str) -> list[str]:
    wanted = name.strip().lower().replace(" ", "_")
    known = {key.lower(): key for key in available_timezones()}
    if wanted in known:
        return [known[wanted]]
    cities = [key for lower, key in known.items() if lower.rpartition("/")[2] == wanted.rpartition("/")[2]]
    likes = [known[lower] for lower in get_close_matches(wanted, known, n=3, cutoff=0.75)]
    return list(dict.fromkeys([*sorted(cities), *likes]))[:3]


def instant(local: datetime, zone: str, *, edge: Edge) -> datetime:
    """The aware UTC instant at which the clocks of ``zone`` show ``local`` (naive).

    Where they show it twice, a window opens at the first and closes at the second, so that a strike is never
    shorter than announced. Raises Invalid where they never show it, and for an unknown zone.
    """
    place = zone_of(zone)
    moment = local.replace(tzinfo=place, fold=int(edge == "closes")).astimezone(UTC)
    if moment.astimezone(place).replace(tzinfo=None) == local:
        return moment
    shown = local.replace(tzinfo=place, fold=0).astimezone(UTC).astimezone(place)
    raise Invalid(
        say(
            "{time} does not exist on {day} in {zone}, where the clocks go forward; write {instead}.",
            time=f"{local:%H:%M}",
            day=f"{local:%Y-%m-%d}",
            zone=zone,
            instead=f"{shown:%H:%M}",
        )
    )


def wall(text: str, today: date, after: datetime) -> datetime:
    """The naive wall time that ``text`` means: “2026-12-17 09:00”, “17/12/2026 9h”, “tomorrow 09:00”, “9h30”.

    Without a date it is the first such time later than ``after`` (naive). 24:00 is the end of a day.
    Raises Invalid if it cannot be read.
    """
    found = _MOMENT.fullmatch(text.strip().lower())
    if found is None:
        raise _unread(text)
    try:
        day = _day(found["date"], today) if found["date"] else after.date()
        moment = _at(day, int(found["hour"]), int(found["minute"] or 0))
    except (ValueError, OverflowError):
        raise _unread(text) from None
    return moment if found["date"] or moment > after else moment + timedelta(days=1)


def is_undated(text: str) -> bool:
    """Whether ``text`` is a time of day alone."""
    found = _MOMENT.fullmatch(text.strip().lower())
    return found is not None and not found["date"]


def _at(day: date, hour: int, minute: int) -> datetime:
    if (hour, minute) == (24, 0):
        return datetime.combine(day, time()) + timedelta(days=1)
    return datetime.combine(day, time(hour, minute))


def _day(text: str, today: date) -> date:
    if text in TODAY:
        return today
    if text in TOMORROW:
        return today + timedelta(days=1)
    if "/" in text:
        day, month, year = map(int, text.split("/"))
    else:
        year, month, day = map(int, text.split("-"))
    if not 2000 <= year < 3000:  # a slip of the finger, and beyond the ends of time UTC cannot follow
        raise ValueError(year)
    return date(year, month, day)


def _unread(text: str) -> Invalid:
    return Invalid(
        say("“{text}” is not a day and time; write it like 2026-12-17 09:00, tomorrow 09:00 or 9h.", text=text)
    )
