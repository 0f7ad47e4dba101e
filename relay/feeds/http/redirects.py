# SPDX-License-Identifier: AGPL-3.0-or-later
"""When a feed's address changes for good. Pure but for the row it changes.

A permanent redirect is believed after seven days of agreement, and only if it leads to what we know, since maintenance
pages lie; at once where only the scheme became https, or where the old address is dead (RFC 9110 §15.4.2 lets us
remember a 301, it does not make us).
"""

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from relay.faults import FeedGone, FeedRefused, Problem
from relay.store.feed import Feed
from relay.store.lanes import host, of_feed

AGREEMENT = timedelta(days=7)


def follow(feed: Feed, moved_to: str, now: datetime, *, familiar: bool) -> None:
    """Note where the feed was found for good; adopt that address once it has been the same long enough.

    ``familiar``: what was found there shares at least one entry with what is known of the feed, or is unchanged.
    """
    if not moved_to or moved_to == feed.address:
        feed.moved_to, feed.moved_since = "", None
        return
    if _only_safer(feed.address, moved_to):
        _settle(feed, moved_to)
    elif feed.moved_to != moved_to:
        feed.moved_to, feed.moved_since = (moved_to, now) if familiar else ("", None)
    elif familiar and now - (feed.moved_since or now) >= AGREEMENT:
        _settle(feed, moved_to)


def refuge(moved_to: str, fault: Problem) -> dict[str, Any]:
    """The columns of a feed whose address is dead (404, 410), so that it lives on where it said it had moved.

    Empty if it is not, or never said so; nobody else of the newsroom may be at that address.
    """
    dead = isinstance(fault, FeedGone) or (isinstance(fault, FeedRefused) and fault.status == 404)
    return _columns(moved_to) if moved_to and dead else {}


def _settle(feed: Feed, address: str) -> None:
    for name, value in _columns(address).items():
        setattr(feed, name, value)


def _columns(address: str) -> dict[str, Any]:
    lane = of_feed(address)
    return {"address": address, "host": host(address), "lane": lane, "moved_to": "", "moved_since": None}


def _only_safer(old: str, new: str) -> bool:
    before, after = urlsplit(old), urlsplit(new)
    if (before.scheme, before.port or 80, after.scheme, after.port or 443) != ("http", 80, "https", 443):
        return False
    return (before.hostname, before.path or "/", before.query) == (after.hostname, after.path or "/", after.query)
