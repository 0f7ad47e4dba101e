# SPDX-License-Identifier: AGPL-3.0-or-later
"""When a feed's address changes for good. Pure but for the row it changes.

A permanent redirect is believed after seven days of agreement, since maintenance pages lie; at once where only the
scheme became https (RFC 9110 §15.4.2 lets us remember a 301, it does not make us).
"""

from datetime import datetime, timedelta
from urllib.parse import urlsplit

from relay.store.feed import Feed
from relay.store.lanes import host, of_feed

AGREEMENT = timedelta(days=7)


def follow(feed: Feed, moved_to: str, now: datetime) -> None:
    """Note where the feed was found for good; adopt that address once it has been the same long enough."""
    if not moved_to or moved_to == feed.address:
        feed.moved_to, feed.moved_since = "", None
        return
    if feed.moved_to != moved_to:
        feed.moved_to, feed.moved_since = moved_to, now
    since = feed.moved_since or now
    if now - since >= AGREEMENT or _only_safer(feed.address, moved_to):
        feed.address, feed.host, feed.lane = moved_to, host(moved_to), of_feed(moved_to)
        feed.moved_to, feed.moved_since = "", None


def _only_safer(old: str, new: str) -> bool:
    before, after = urlsplit(old), urlsplit(new)
    return before.scheme == "http" and after.scheme == "https" and before[1:] == after[1:]
