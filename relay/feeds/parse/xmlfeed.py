# SPDX-License-Identifier: AGPL-3.0-or-later
"""RSS and Atom of every age, read by feedparser. Runs only inside the box: feedparser can hang on hostile input."""

import calendar
import io
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from time import struct_time
from typing import Any

import feedparser  # type: ignore[import-untyped]  # ships no types
from feedparser.mixin import _FeedParserMixin  # type: ignore[import-untyped]  # ships no types

from relay.feeds.http.headers import http_date
from relay.feeds.parse.cuts import whole_entries
from relay.feeds.parse.gate import MOST_ENTRIES
from relay.feeds.parse.text import SUMMARY_BYTES, absolute, iso_date, name, numeric_date, plain
from relay.terms import Document, Entry

_LONGEST_TTL = 31 * 86_400
_PERIODS = {"hourly": 3600, "daily": 86_400, "weekly": 604_800, "monthly": 2_592_000, "yearly": 31_536_000}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

# An id is a name, not an address: resolving it against a base would change it when the feed moves.
_FeedParserMixin.can_be_relative_uri.discard("id")
# Nobody reads authors, and a long one takes feedparser minutes: https://github.com/kurtmckee/feedparser/issues/562
_FeedParserMixin._sync_author_detail = lambda *_, **__: None
feedparser.registerDateHandler(lambda text: moment.utctimetuple() if (moment := numeric_date(text)) else None)


def read_xml(xml: bytes, address: str) -> Document | None:
    """The document in ``xml`` (from ``charset.to_xml``), None if it is none. ``address`` is where it came from."""
    # A stream, never bytes: feedparser would take bytes for the name of a local file first.
    stream = io.BytesIO(whole_entries(xml))
    read = feedparser.parse(
        stream,
        response_headers={"content-type": "application/xml; charset=utf-8"},
        sanitize_html=False,
        resolve_relative_uris=False,
    )
    version = str(read.get("version") or "")
    if not version:
        return None
    feed = read["feed"]
    home = absolute(_first_link(feed), address)
    language = _language(feed, "")
    return Document(
        entries=tuple(_entry(each, language, home, address) for each in read["entries"][:MOST_ENTRIES]),
        kind="atom" if version.startswith("atom") else "rss",
        title=plain(str(feed.get("title") or "")),
        link=home,
        language=language,
        ttl=_ttl(feed),
        hub=absolute(_rel(feed, "hub"), address),
        topic=absolute(_rel(feed, "self"), address),
    )


def _entry(entry: Mapping[str, Any], language: str, home: str, address: str) -> Entry:
    return Entry(
        guid=name(str(entry.get("id") or "")),
        link=_link(entry, home, address),
        title=plain(str(entry.get("title") or "")),
        summary=plain(str(entry.get("summary") or ""), SUMMARY_BYTES),
        published=_published(entry),
        language=_language(entry, language),
    )


def _link(entry: Mapping[str, Any], home: str, address: str) -> str:
    """The article's own address: what FeedBurner replaced, else the first alternate, else a permalink guid."""
    guid, own = str(entry.get("id") or ""), _first_link(entry)
    if own == guid and not own.startswith(("http", "/")):
        own = ""  # feedparser takes any guid for a permalink where there is no link: "123" is none
    named = (entry.get("feedburner_origlink"), own)
    found = (absolute(str(each), home, address) for each in named if each)
    return next((link for link in found if link), "")


def _first_link(context: Mapping[str, Any]) -> str:
    alternates = [link for link in _links(context) if link.get("rel") == "alternate" and link.get("href")]
    pages = [link for link in alternates if "html" in str(link.get("type", "html"))]
    return str((pages or alternates or [{"href": context.get("link") or ""}])[0]["href"])


def _rel(context: Mapping[str, Any], rel: str) -> str:
    return next((str(link["href"]) for link in _links(context) if link.get("rel") == rel and link.get("href")), "")


def _links(context: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    links = context.get("links")  # text, where the publisher has an element of that name
    return [link for link in links if isinstance(link, dict)] if isinstance(links, list) else ()


def _language(context: Mapping[str, Any], unsaid: str) -> str:
    """That of the title (xml:lang), else the one declared, else ``unsaid``."""
    detail = context.get("title_detail")
    own = detail.get("language") if isinstance(detail, dict) else ""
    return str(own or context.get("language") or unsaid)[:35]


def _published(entry: Mapping[str, Any]) -> datetime | None:
    said = [kind for kind in ("published", "updated", "created") if kind in entry]
    for kind in said:
        parsed, text = entry.get(f"{kind}_parsed"), str(entry[kind])
        moment = _moment(parsed) if parsed else iso_date(text) or http_date(text)
        if moment:
            return moment
    return None


def _moment(parsed: struct_time) -> datetime | None:
    try:
        return _EPOCH + timedelta(seconds=calendar.timegm(parsed))
    except (ValueError, OverflowError, TypeError):
        return None


def _ttl(feed: Mapping[str, Any]) -> int:
    minutes = _count(feed.get("ttl"), 0)
    period = _PERIODS.get(str(feed.get("sy_updateperiod") or "").strip().lower(), 0)
    pace = period // max(1, _count(feed.get("sy_updatefrequency"), 1))
    return min(max(minutes * 60, pace), _LONGEST_TTL)


def _count(text: object, unsaid: int) -> int:
    digits = str(text or "").strip()[:9]
    return int(digits) if digits.isascii() and digits.isdigit() else unsaid
