# SPDX-License-Identifier: AGPL-3.0-or-later
"""When a push has its feed looked at: soon, but never as often as somebody pushes. Pure."""

import random
from datetime import datetime, timedelta

from relay.store.feed import Feed
from relay.store.subscription import Subscription

SPACING = timedelta(seconds=10)  # between two looks that pushes cause
STRAYS = timedelta(minutes=1)  # between two looks that unsigned pushes cause: anybody may send those


def look_at(feed: Feed, now: datetime, rng: random.Random) -> datetime:
    """One to three seconds from now: the hub may be faster than the feed's own cache."""
    soon = now + timedelta(seconds=rng.uniform(1, 3))
    looked = feed.looked_at
    return max(soon, looked + SPACING) if looked is not None and looked <= now else soon


def heeded(row: Subscription, now: datetime) -> bool:
    """Whether an unsigned push may cause a look; not if another just did."""
    return row.hinted_at is None or not now - STRAYS < row.hinted_at <= now
