# SPDX-License-Identifier: AGPL-3.0-or-later
"""One look at a feed: ask for it, read what came; nothing is kept."""

from dataclasses import dataclass
from datetime import datetime

from relay.faults import FeedFault, Invalid
from relay.feeds.http.answers import Fetched, Memory
from relay.feeds.http.fetch import fetch
from relay.feeds.parse.parser import Parser
from relay.feeds.schedule import still_distrusted, whole_due
from relay.outside import Outside
from relay.store.feed import Feed
from relay.store.looks import Due
from relay.terms import Reading

QUARANTINE = 3  # times in a row that reading a feed had to be ended by force


@dataclass(frozen=True, slots=True)
class Look:
    """What became of it, begun at ``began``: ``fetched`` is what came, unless the server refused; ``reading`` what was
    read in it, unless it was unchanged; ``fault`` what went wrong.
    """

    feed: Due
    began: datetime
    fetched: Fetched | None = None
    reading: Reading | None = None
    fault: FeedFault | Invalid | None = None


async def look(outside: Outside, parser: Parser, feed: Due) -> Look:
    """Look at the feed once; whatever goes wrong is told in the answer."""
    began = outside.clock.now()
    fetched = None
    try:
        fetched = await fetch(outside, feed.address, _memory(feed, began), failures=feed.failures)
        if fetched.unchanged:
            return Look(feed, began, fetched)
        reading = await read(parser, feed, fetched.body, fetched.content_type, fetched.address)
        return Look(feed, began, fetched, reading)
    except (FeedFault, Invalid) as fault:
        return Look(feed, began, fetched, fault=fault)


async def read(parser: Parser, feed: Due | Feed, body: bytes, content_type: str, address: str) -> Reading:
    """What is in a body, whoever brought it; raises as the parser does.

    A feed that has cost a box waits for one with its like: it can do so to the others no more.
    """
    return await parser.read(body, content_type, address, feed.prints or b"", suspect=feed.kills > 0)


def _memory(feed: Due, now: datetime) -> Memory:
    """Once a day nothing but the body's hash counts: some servers call everything unchanged for ever."""
    known = Memory(feed.etag, feed.last_modified, feed.body_hash)
    if still_distrusted(feed.distrusted_at, now) or whole_due(feed.id, feed.whole_at, now):
        return known.whole()
    return known
