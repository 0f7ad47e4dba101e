# SPDX-License-Identifier: AGPL-3.0-or-later
"""What to do about a subscription now, for how long it lasts, and when to come back to it. Pure."""

import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from relay.feeds.agenda import on_watch
from relay.store.subscription import Subscription
from relay.terms import SubscriptionState as State
from relay.terms import Window

ASKED = timedelta(days=10)  # the lease that is asked for
LONGEST = timedelta(days=14)
REFUSED_REST = timedelta(days=1)
PATIENCE = timedelta(minutes=10)  # that a hub may take to verify
LEAVE_TRIES = 5  # then the lease may as well run out
_FIRST_REST, _LONGEST_REST = timedelta(minutes=1), timedelta(hours=6)
_RENEW, _JITTER = 0.7, 0.1  # a renewal begins after 63 to 77 % of the lease, while it lasts


class Need(StrEnum):
    """Whether a strike needs what a hub pushes: ``later`` keeps a subscription, but begins none."""

    NOW = "now"
    LATER = "later"
    NONE = "none"


class Step(StrEnum):
    """What is to be done: ``begin`` with another path and secret, ``repeat`` the same request, which also renews."""

    NOTHING = "nothing"
    BEGIN = "begin"
    REPEAT = "repeat"
    LEAVE = "leave"
    END = "end"


def need(windows: Sequence[Window], now: datetime) -> Need:
    """How much the windows of a newsroom's armed and running strikes need it."""
    if on_watch(windows, now):
        return Need.NOW
    return Need.LATER if any(now < window.closes for window in windows) else Need.NONE


def step(row: Subscription | None, needed: Need, now: datetime, *, moved: bool = False) -> Step:
    """What to do about a subscription that is due; None: the feed has none; ``moved``: it names another hub now."""
    if row is None or row.state == State.OVER:
        return Step.BEGIN if needed == Need.NOW else Step.NOTHING
    match row.state:
        case State.REFUSED:
            return Step.BEGIN if needed == Need.NOW else Step.END
        case State.LEAVING:
            return _leaving(row, needed, now)
        case State.ASKED if needed == Need.NONE:
            return Step.END
        case _ if needed == Need.NONE:
            return Step.END if _over(row, now) else Step.LEAVE
    return Step.BEGIN if moved or _over(row, now) else Step.REPEAT


def _leaving(row: Subscription, needed: Need, now: datetime) -> Step:
    if needed == Need.NOW:
        return Step.BEGIN
    return Step.END if _over(row, now) or row.failures >= LEAVE_TRIES else Step.LEAVE


def _over(row: Subscription, now: datetime) -> bool:
    return row.expires_at is not None and row.expires_at <= now


def try_again_at(failures: int, now: datetime, rng: random.Random) -> datetime:
    """When to ask again if nothing comes of the request that is made now, after ``failures`` that came to nothing."""
    rest: timedelta = min(_FIRST_REST * 2 ** min(failures, 10), _LONGEST_REST)
    return now + rest * rng.uniform(1 - _JITTER, 1 + _JITTER)


def granted(said: str) -> timedelta | None:
    """The lease from ``hub.lease_seconds``: what was asked for if it is unsaid, None if it is no lease at all."""
    if not said:
        return ASKED
    if not (said.isascii() and said.isdigit()) or not int(said[:12]):
        return None
    return min(timedelta(seconds=int(said[:12])), LONGEST)


def renewal_at(lease: timedelta, now: datetime, rng: random.Random) -> datetime:
    """When to renew a lease that begins now; never sooner than a first repetition."""
    return now + max(lease * _RENEW * rng.uniform(1 - _JITTER, 1 + _JITTER), _FIRST_REST)


def trusted(feed: str, hub: str) -> bool:
    """Whether a hub may be told a secret, and what it signs be taken for the feed: if it is reached no less safely.

    https://www.w3.org/TR/websub/#subscriber-sends-subscription-request wants TLS for that; a feed that is read without
    it can be forged on the way all the same.
    """
    return hub.startswith("https:") or not feed.startswith("https:")
