# SPDX-License-Identifier: AGPL-3.0-or-later
"""When a strike makes a feed worth a look: more often around its windows, and just before each edge. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from relay.terms import Window

EVE = timedelta(minutes=15)  # closer looks begin this long before the opening
THRESHOLD = timedelta(seconds=5)  # what is found this close to the opening was there before the strike
LAST_CALL = timedelta(seconds=20)  # leaves time to answer before the window closes


def on_watch(windows: Sequence[Window], now: datetime) -> bool:
    """Whether a strike is on, or about to be."""
    return any(window.opens - EVE <= now < window.closes for window in windows)


def appointment(windows: Sequence[Window], now: datetime) -> datetime | None:
    """The next moment a look must not miss: the eve, the threshold of the opening, the last call before the end."""
    moments = [
        moment
        for window in windows
        for moment in (window.opens - EVE, window.opens - THRESHOLD, max(window.opens, window.closes - LAST_CALL))
        if moment > now
    ]
    return min(moments, default=None)
