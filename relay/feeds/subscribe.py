# SPDX-License-Identifier: AGPL-3.0-or-later
"""From what a person typed to a feed that was read: an address without its scheme, or a page that names its feeds."""

from dataclasses import dataclass

from relay.faults import NotAFeed
from relay.feeds.http.answers import Fetched
from relay.feeds.http.fetch import fetch
from relay.feeds.parse.discover import Found, feeds_in
from relay.feeds.parse.parser import Parser
from relay.outside import Outside
from relay.terms import Document

TRIED = 3  # feeds of one page: whoever wrote the page may have named any number of slow ones


def typed(address: str) -> str:
    """The address with a scheme, as a browser would complete it."""
    bare = address.strip()
    return bare if "://" in bare else f"https://{bare}"


@dataclass(frozen=True)
class Discovered:
    """A feed that was read, and the others that the page named, if it was found on a page."""

    fetched: Fetched
    document: Document
    others: tuple[Found, ...] = ()


async def find(outside: Outside, parser: Parser, address: str) -> Discovered:
    """Read the feed at ``address``, or the first one that works of those its page names; one request if it is a feed.

    Raises Invalid or a FeedFault that says what to type instead.
    """
    return await behind(outside, parser, await fetch(outside, typed(address)))


async def behind(outside: Outside, parser: Parser, page: Fetched) -> Discovered:
    """The feed that ``page`` is, or the first one that works of those it names. Raises as ``find`` does."""
    try:
        return Discovered(page, await parser.parse(page.body, page.content_type, page.address))
    except NotAFeed as fault:
        named = feeds_in(page.body, page.address)
        for found in named[:TRIED]:
            fetched = await fetch(outside, found.address)
            try:
                document = await parser.parse(fetched.body, fetched.content_type, fetched.address)
            except NotAFeed:
                continue
            return Discovered(fetched, document, tuple(other for other in named if other != found))
        raise fault from None
