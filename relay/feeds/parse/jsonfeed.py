# SPDX-License-Identifier: AGPL-3.0-or-later
"""JSON Feed 1.0 and 1.1, https://www.jsonfeed.org/version/1.1/. Pure."""

import json
from collections.abc import Mapping
from typing import Any

from relay.feeds.parse.gate import MOST_ENTRIES
from relay.feeds.parse.text import SUMMARY_BYTES, absolute, iso_date, name, plain
from relay.terms import Document, Entry

_IDENTIFYING = ("id", "url", "external_url", "title", "date_published", "date_modified")


def identities(body: bytes) -> list[tuple[str, ...]] | None:
    """What identifies each entry of ``body``, as it stands there; None if it is no JSON Feed."""
    feed = _feed(body)
    return None if feed is None else [tuple(_text(item, key) for key in _IDENTIFYING) for item in _items(feed)]


def read_json(body: bytes, address: str) -> Document | None:
    """The document in ``body``, None if it is none. ``address`` is where it came from."""
    feed = _feed(body)
    if feed is None:
        return None
    home = absolute(_text(feed, "home_page_url"), address)
    language = _text(feed, "language")[:35]
    return Document(
        entries=tuple(_entry(item, language, home, address) for item in _items(feed)),
        kind="json",
        title=plain(_text(feed, "title")),
        link=home,
        language=language,
        hub=absolute(_hub(feed), address),
        topic=absolute(_text(feed, "feed_url"), address),
    )


def _feed(body: bytes) -> dict[str, Any] | None:
    try:
        feed = json.loads(body.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return None
    return feed if isinstance(feed, dict) and "jsonfeed.org/version/" in _text(feed, "version") else None


def _items(feed: dict[str, Any]) -> list[dict[str, Any]]:
    items = feed.get("items")
    return [item for item in (items if isinstance(items, list) else []) if isinstance(item, dict)][:MOST_ENTRIES]


def _entry(item: Mapping[str, Any], language: str, home: str, address: str) -> Entry:
    links = (absolute(_text(item, key), home, address) for key in ("url", "external_url"))
    return Entry(
        guid=name(_text(item, "id")),
        link=next((link for link in links if link), ""),
        title=plain(_text(item, "title")),
        summary=plain(
            _text(item, "summary") or _text(item, "content_text") or _text(item, "content_html"), SUMMARY_BYTES
        ),
        published=iso_date(_text(item, "date_published")) or iso_date(_text(item, "date_modified")),
        language=_text(item, "language")[:35] or language,
    )


def _hub(feed: Mapping[str, Any]) -> str:
    hubs = feed.get("hubs")
    named = [hub for hub in (hubs if isinstance(hubs, list) else []) if isinstance(hub, dict)]
    return next((_text(hub, "url") for hub in named if _text(hub, "type").lower() == "websub"), "")


def _text(source: Mapping[str, Any], key: str) -> str:
    """A string, or a number that stands where a string should (ids often do); anything else is nothing."""
    value = source.get(key)
    if isinstance(value, str):
        return value.encode("utf-8", "ignore").decode("utf-8")
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""
