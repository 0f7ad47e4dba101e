# SPDX-License-Identifier: AGPL-3.0-or-later
"""From what a person typed to a feed that was read: an address without its scheme, or a page that names its feeds."""

from relay.faults import NotAFeed
from relay.feeds.answers import Fetched
from relay.feeds.discover import feeds_in
from relay.feeds.fetch import fetch
from relay.feeds.parser import Parser
from relay.outside import Outside
from relay.terms import Document


def typed(address: str) -> str:
    """The address with a scheme, as a browser would complete it."""
    bare = address.strip()
    return bare if "://" in bare else f"https://{bare}"


async def find(outside: Outside, parser: Parser, address: str) -> tuple[Fetched, Document]:
    """Read the feed at ``address``, or the first one that works of those its page names; one request if it is a feed.

    Raises Invalid or a FeedFault that says what to type instead.
    """
    page = await fetch(outside, typed(address))
    try:
        return page, await parser.parse(page.body, page.content_type, page.address)
    except NotAFeed as fault:
        for found in feeds_in(page.body, page.address):
            fetched = await fetch(outside, found.address)
            try:
                return fetched, await parser.parse(fetched.body, fetched.content_type, fetched.address)
            except NotAFeed:
                continue
        raise fault from None
