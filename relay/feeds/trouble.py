# SPDX-License-Identifier: AGPL-3.0-or-later
"""What is the matter with feeds, judged from their rows alone. Pure."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from relay.feeds.look import QUARANTINE
from relay.feeds.schedule import STRIKE_CEILING, STRIKE_FLOOR, interval, still_distrusted
from relay.store.feed import Feed

FAILURES = 3  # in a row
SILENT = 5  # intervals without a document that could be read


def deaf(feed: Feed, now: datetime, *, strike: bool) -> bool:
    """Whether what the feed publishes does not reach us: three failures in a row, or nothing for five intervals.

    One failure after a long silence may be ours (the machine slept); but where the server asks for a pause there is no
    second one.
    """
    if feed.failures >= FAILURES:
        return True
    wait = interval(
        strike=strike,
        gap=feed.gap,
        hint=feed.hint,
        floor=feed.floor or STRIKE_FLOOR,
        distrusted=still_distrusted(feed.distrusted_at, now),
        quarantined=quarantined(feed),
    )
    silent = feed.looked_at is None or now - feed.looked_at > timedelta(seconds=SILENT * wait)
    return silent and (feed.failures > 1 or (feed.failures > 0 and feed.retry_at is not None))


def quarantined(feed: Feed) -> bool:
    """Whether reading it had to be ended by force too often: it is looked at less."""
    return feed.kills >= QUARANTINE


def lateness(feeds: Iterable[Feed], now: datetime) -> timedelta:
    """How long the feed has been due that waits longest, if any is more than one of its intervals late; else nothing.

    No interval counts as longer than the longest of a strike.
    """
    waits = ((each, now - each.next_look_at) for each in feeds if each.off_at is None)
    return max((wait for feed, wait in waits if wait > _had(feed)), default=timedelta())


def _had(feed: Feed) -> timedelta:
    span = (feed.next_look_at - (feed.looked_at or feed.next_look_at)).total_seconds()
    return timedelta(seconds=min(max(span, STRIKE_FLOOR), STRIKE_CEILING))
