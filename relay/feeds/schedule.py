# SPDX-License-Identifier: AGPL-3.0-or-later
"""When to look at a feed again, and what to ask it then. Pure; all durations in seconds.

During a strike often, as publishing goes; else politely. What the server asks for is kept to, within bounds. An
error stretches the wait and never ends it: no feed is ever given up.
"""

import random
from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import pairwise

from relay.feeds.http.answers import Memory
from relay.feeds.pace import SPACING

STRIKE_FLOOR = 45.0
STRIKE_CEILING = 300.0
IDLE_FLOOR = 300.0
IDLE_CEILING = 6 * 3600.0
_LONGEST_HINT = 24 * 3600.0
_LONGEST_AFTER_ERRORS = {True: 600.0, False: 12 * 3600.0}  # strike or not
_DISTRUSTED_FLOOR = 300.0
_QUARANTINED_FLOOR = 3600.0
_JITTER = 0.1
_NEWEST_WEIGHT = 0.2
_AT_ONCE = 10  # feeds that may be looked at together when a strike is armed

DAY = timedelta(hours=24)
_STAGGER = 3600  # so that feeds that were added together are not asked for whole together for ever
_BACKDATED = timedelta(hours=1)  # an honest piece may carry a date that long before it appeared
_DISTRUST = timedelta(days=30)


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
    ``floor`` the shortest wait during a strike; ``crowd`` how many feeds of ours share the host: they all wait longer
    so that none has to queue; ``distrusted``: each look costs the server a whole document; ``quarantined``: each look
    costs us a parser.
    """
    least = _least(strike, hint, floor, distrusted=distrusted, quarantined=quarantined)
    wait = max(_pace(gap, strike, floor, crowd), least)
    if failures:
        wait = max(wait, min(wait * 2 ** min(failures, 5), _LONGEST_AFTER_ERRORS[strike]))
    wait = max(wait * rng.uniform(1 - _JITTER, 1 + _JITTER), least)
    moment = now + timedelta(seconds=wait)
    return moment if retry_at is None else max(moment, retry_at)


def interval(
    *,
    strike: bool,
    gap: float | None = None,
    hint: float = 0,
    floor: float = STRIKE_FLOOR,
    crowd: int = 1,
    distrusted: bool = False,
    quarantined: bool = False,
) -> float:
    """The wait between two looks while all goes well, before any chance; arguments as for ``next_look``."""
    least = _least(strike, hint, floor, distrusted=distrusted, quarantined=quarantined)
    return max(_pace(gap, strike, floor, crowd), least)


def _least(strike: bool, hint: float, floor: float, *, distrusted: bool, quarantined: bool) -> float:
    return max(
        floor if strike else IDLE_FLOOR,
        min(hint, STRIKE_CEILING if strike else _LONGEST_HINT),
        _DISTRUSTED_FLOOR if distrusted else 0.0,
        _QUARANTINED_FLOOR if quarantined else 0.0,
    )


def _pace(gap: float | None, strike: bool, floor: float, crowd: int) -> float:
    share, ceiling = (8, STRIKE_CEILING) if strike else (4, IDLE_CEILING)
    shortest = max(floor if strike else IDLE_FLOOR, crowd * SPACING)
    return min(max((gap or 0) / share, shortest), ceiling)


def hurried(
    now: datetime,
    turn: int,
    turns: int,
    *,
    planned: datetime,
    looked_at: datetime | None = None,
    hint: float = 0,
    retry_at: datetime | None = None,
) -> datetime:
    """When to look at a feed for the first time after a strike was armed: not later than was ``planned``.

    At once, or one after another (``turn`` from 0, of ``turns``) where there are many; but never before the server's
    own answer has gone stale, or before the end of the pause it asked for.
    """
    wait = STRIKE_FLOOR * turn / turns if turns > _AT_ONCE else 0.0
    stale = now if looked_at is None else min(looked_at, now) + timedelta(seconds=min(hint, STRIKE_CEILING))
    return max(now, min(planned, max(now + timedelta(seconds=wait), stale, retry_at or now)))


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
    """Whether the feed is to be asked for without a condition, for the first time or a day after the last.

    ``whole_at``: when a whole document last came, or was last asked for.
    """
    return whole_at is None or now - whole_at >= DAY + timedelta(seconds=feed * 2_654_435_761 % _STAGGER)


def lies(before: Memory, after: Memory, dates: Iterable[datetime | None], confirmed: datetime) -> bool:
    """Whether a server has been calling a changed document unchanged.

    Asked when a look without a condition brought new entries, of these ``dates``, though every answer since the last
    whole document was a 304, the newest at ``confirmed``. The memories are those before and after that look. It may
    have changed only since then, which is no lie: the validators must be the old ones, or an entry older, or undated.
    """
    validators = (before.etag, before.last_modified)
    if not any(validators):
        return False
    if validators == (after.etag, after.last_modified):
        return True
    return any(date is None or date < confirmed - _BACKDATED for date in dates)


def still_distrusted(since: datetime | None, now: datetime) -> bool:
    """Whether a server that lied is not to be believed yet: it gets another chance once a month."""
    return since is not None and now - since < _DISTRUST


def believed_gone(sightings: int, since: datetime, now: datetime) -> bool:
    """Whether a server that calls a feed gone for good is to be believed: three times, over a day."""
    return sightings >= 3 and now - since >= DAY
