# SPDX-License-Identifier: AGPL-3.0-or-later
"""The windows of a strike: reading what was typed, and knowing which one now is in. Windows are [opens, closes)."""

import re
from collections.abc import Sequence
from datetime import datetime, time, timedelta

from relay.faults import Invalid
from relay.i18n import say
from relay.strikes.moments import MOMENT, instant, is_undated, wall, zone_of
from relay.terms import Window

LONGEST = timedelta(days=31)
LONGEST_NIGHT = timedelta(hours=12)
DAY = timedelta(days=1)

_NAMELESS = re.sub(r"\?P<\w+>", "?:", MOMENT)
_TO = r"(?: \s*[-–—→]\s* | \s+(?:to|until|à|au)\s+ )"
_RANGE = re.compile(rf"(?: (?:from|de|du)\s+ )? (?P<opens>{_NAMELESS}) {_TO} (?P<closes>{_NAMELESS})", re.VERBOSE)


def parse_range(text: str, zone: str, now: datetime) -> Window:
    """The window that “9h-19h”, “tomorrow 09:00-19:00” or “2026-12-17 22:00 - 2026-12-18 06:00” means.

    Raises Invalid as ``window`` does.
    """
    found = _RANGE.fullmatch(text.strip().lower())
    if found is None:
        raise Invalid(say("“{text}” is not a window; write it like 9h-19h or 2026-12-17 09:00-19:00.", text=text))
    return window(found["opens"], found["closes"], zone, now)


def window(opens: str | datetime, closes: str | datetime, zone: str, now: datetime) -> Window:
    """The window between two wall times of ``zone``, typed (see ``moments.wall``) or naive datetimes.

    An opening without a date is the next such time, never one that has passed: “9h” typed at ten is tomorrow's. A
    closing without a date is the first one after the opening, the next morning too if the night is of 12 hours at
    most; a longer one is written with both dates. Raises Invalid if the window ends before it starts, is already
    over, is longer than 31 days, or if one of its times does not exist.
    """
    here = now.astimezone(zone_of(zone)).replace(tzinfo=None)
    first = wall(opens, here.date(), here) if isinstance(opens, str) else opens
    last = wall(closes, here.date(), first) if isinstance(closes, str) else closes
    if isinstance(closes, str) and is_undated(closes) and _is_too_long_a_night(first, last):
        last -= DAY
    if last <= first:
        raise Invalid(
            say(
                "The strike would end ({closes}) before it starts ({opens}); give an end that comes after the start.",
                closes=_shown(last),
                opens=_shown(first),
            )
        )
    made = Window(instant(first, zone, edge="opens"), instant(last, zone, edge="closes"))
    if made.closes <= now:
        raise Invalid(say("This window was over at {closes}; give one that is still to come.", closes=_shown(last)))
    if made.closes - made.opens > LONGEST:
        raise Invalid(
            say("A window of {days} days is longer than 31; check the year and the month.", days=(last - first).days)
        )
    return made


def _is_too_long_a_night(first: datetime, last: datetime) -> bool:
    """“19h-9h” is two times in the wrong order; “22h-6h” is a night, “9h-24h” a long day, “9h-9h” a day and a night."""
    ends_next_day = last > datetime.combine(first.date(), time()) + DAY
    return ends_next_day and LONGEST_NIGHT < last - first < DAY


def added(windows: Sequence[Window], new: Window, zone: str) -> tuple[Window, ...]:
    """``windows`` and ``new``, in order. Raises Invalid if it overlaps one of them; two may touch."""
    place = zone_of(zone)
    for old in windows:
        if new.opens < old.closes and old.opens < new.closes:
            raise Invalid(
                say(
                    "The strike already has a window from {opens} to {closes}; give one that does not overlap it.",
                    opens=_shown(old.opens.astimezone(place)),
                    closes=_shown(old.closes.astimezone(place)),
                )
            )
    return tuple(sorted([*windows, new], key=lambda each: each.opens))


def at(windows: Sequence[Window], now: datetime) -> Window | None:
    """The window that ``now`` is in."""
    return next((each for each in windows if each.opens <= now < each.closes), None)


def following(windows: Sequence[Window], now: datetime) -> Window | None:
    """The next window that has not opened yet."""
    return min((each for each in windows if each.opens > now), key=lambda each: each.opens, default=None)


def next_edge(windows: Sequence[Window], now: datetime) -> datetime | None:
    """The next moment at which a window opens or closes, later than ``now``."""
    edges = [edge for each in windows for edge in (each.opens, each.closes)]
    return min((edge for edge in edges if edge > now), default=None)


def _shown(local: datetime) -> str:
    return f"{local:%Y-%m-%d %H:%M}"
