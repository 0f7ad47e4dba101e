# SPDX-License-Identifier: AGPL-3.0-or-later
"""The feeds a web page names: its declared alternates first, else what its links look like. Pure.

https://html.spec.whatwg.org/multipage/links.html#rel-alternate
"""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from lxml import etree, html  # type: ignore[import-untyped]  # ships no types

from relay.feeds.http.headers import media
from relay.feeds.parse.text import absolute, plain

PAGE_BYTES = 512 << 10
MOST = 20
_TYPES = frozenset(
    {"application/rss+xml", "application/atom+xml", "application/feed+json", "application/rdf+xml", "text/xml"}
)
_FEEDISH = re.compile(
    r"(?:^|[/._?=&-])(?:rss|feeds?|atom|flux|rdf)(?:[/._?=&-]|\d|$)|\.(?:rss|atom|rdf)$", re.IGNORECASE
)


@dataclass(frozen=True)
class Found:
    """A feed that a page names; ``title`` is the page's word for it, "" if it has none."""

    address: str
    title: str = ""


def feeds_in(page: bytes, address: str) -> tuple[Found, ...]:
    """The feeds named in the first 512 kB of ``page``, in its order, each once; comment feeds come last."""
    head = page[:PAGE_BYTES]
    try:
        root = html.fromstring(head, parser=html.HTMLParser(encoding=_charset(head), huge_tree=False))
    except (etree.ParserError, etree.XMLSyntaxError, ValueError, LookupError):
        return ()
    base = absolute(next((str(each.get("href", "")) for each in root.iter("base")), ""), address) or address
    named = list(_declared(root, base)) or list(_guessed(root, base))
    once = list({each.address: each for each in named}.values())[:MOST]
    return tuple(sorted(once, key=lambda each: "comment" in f"{each.address} {each.title}".lower()))


def _declared(root: html.HtmlElement, base: str) -> Iterator[Found]:
    for link in root.iter("link", "a"):
        rels = str(link.get("rel", "")).lower().split()
        kind, _ = media(str(link.get("type", "")))
        if ("alternate" in rels and kind in _TYPES) or "feed" in rels:
            found = absolute(str(link.get("href", "")), base)
            if found:
                yield Found(found, plain(str(link.get("title", ""))))


def _guessed(root: html.HtmlElement, base: str) -> Iterator[Found]:
    """Links on the page's own site whose address looks like a feed's."""
    for link in root.iter("a"):
        found = absolute(str(link.get("href", "")), base)
        parts = urlsplit(found)
        if found and _site(found) == _site(base) and _FEEDISH.search(f"{parts.path}?{parts.query}".rstrip("?/")):
            yield Found(found, plain(str(link.text_content())))


def _site(address: str) -> str:
    return ".".join((urlsplit(address).hostname or "").split(".")[-2:])


def _charset(head: bytes) -> str:
    declared = re.search(rb"charset=[\"']?([A-Za-z0-9_-]{1,40})", head[:2048])
    try:
        return codecs.lookup(declared[1].decode("ascii")).name if declared else "utf-8"
    except LookupError:
        return "utf-8"
