# SPDX-License-Identifier: AGPL-3.0-or-later
"""When to look at a feed again. Pure; all durations in seconds.

During a strike often, as publishing goes; else politely. What the server asks for is kept to, within bounds. An
error stretches the wait and never ends it: no feed is ever given up.
"""

import random
from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import pairwise

STRIKE_FLOOR = 45.0
STRIKE_CEILING = 300.0
IDLE_FLOOR = 300.0
IDLE_CEILING = 6 * 3600.0
_LONGEST_HINT = 24 * 3600.0
_LONGEST_AFTER_ERRORS = {True: 600.0, False: 12 * 3600.0}  # strike or not
_JITTER = 0.1
_NEWEST_WEIGHT = 0.2


def next_look(
    now: datetime,
    rng: random.Random,
    *,
    strike: bool,
    gap: float | None = None,
    hint: float = 0,
    failures: int = 0,
    retry_at: datetime | None = None,
    floor: float = STRIKE_FLOOR,
    crowd: int = 1,
    distrusted: bool = False,
    quarantined: bool = False,
) -> datetime:
    """The moment of the next look.

    ``gap`` between articles (None: unknown, look as often as allowed); ``hint`` of freshness, the longest of the
    server's and the document's; ``failures`` in a row; ``retry_at`` what the server asked for, which is absolute;
    ``floor`` the shortest wait during a strike.
    """
    least = min(hint, STRIKE_CEILING if strike else _LONGEST_HINT)
    least = max(least, floor if strike else IDLE_FLOOR)
    wait = max(_pace(gap, strike, floor), least)
    if failures:
        wait = max(wait, min(wait * 2 ** min(failures, 5), _LONGEST_AFTER_ERRORS[strike]))
    wait = max(wait * rng.uniform(1 - _JITTER, 1 + _JITTER), least)
    moment = now + timedelta(seconds=wait)
    return moment if retry_at is None else max(moment, retry_at)


def _pace(gap: float | None, strike: bool, floor: float) -> float:
    if strike:
        return min(max((gap or 0) / 8, floor), STRIKE_CEILING)
    return min(max((gap or 0) / 4, IDLE_FLOOR), IDLE_CEILING)


def smoothed(gap: float | None, since_last: float, articles: int = 1) -> float:
    """The gap after ``articles`` new ones, ``since_last`` seconds after the one before: a moving average."""
    measured = max(since_last, 0.0) / max(articles, 1)
    return measured if gap is None else gap + _NEWEST_WEIGHT * (measured - gap)


def first_gap(dates: Iterable[datetime | None]) -> float | None:
    """A first guess from the dates of a whole document, oldest gaps first; None if fewer than two are dated."""
    known = sorted({date for date in dates if date is not None})
    gap: float | None = None
    for earlier, later in pairwise(known):
        gap = smoothed(gap, (later - earlier).total_seconds())
    return gap


def whole_due(feed: int, whole_at: datetime | None, now: datetime) -> bool:
    """Whether the feed is to be asked for without a condition: once a day."""
    return whole_at is not None and now - whole_at >= timedelta(hours=24)


def believed_gone(sightings: int, since: datetime, now: datetime) -> bool:
    """Whether a server that calls a feed gone for good is to be believed: three times, over a day."""
    return sightings >= 3 and now - since >= timedelta(hours=24)
