# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a notice may count: the day of the strike, and what is left of the window."""

import math
from collections.abc import Sequence
from datetime import datetime, timedelta

from relay.strikes.moments import zone_of
from relay.strikes.windows import at
from relay.terms import Window

INSTANT = timedelta(microseconds=1)


def day_of_strike(windows: Sequence[Window], now: datetime, zone: str) -> int:
    """How many calendar days of ``zone`` the strike has touched by ``now``: 1 on its first day, 0 before.

    A day without a window is not counted; a window that ends at midnight does not touch the day that begins.
    """
    place = zone_of(zone)
    days = set()
    for each in windows:
        if each.opens <= now:
            first = each.opens.astimezone(place).date()
            last = min(now, each.closes - INSTANT).astimezone(place).date()
            days |= {first + timedelta(days=n) for n in range((last - first).days + 1)}
    return len(days)


def hours_left(windows: Sequence[Window], now: datetime) -> int:
    """Hours until the window that ``now`` is in closes, rounded up; 0 outside of a window."""
    current = at(windows, now)
    return math.ceil((current.closes - now) / timedelta(hours=1)) if current else 0
