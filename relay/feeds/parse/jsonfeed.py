# SPDX-License-Identifier: AGPL-3.0-or-later
"""JSON Feed 1.0 and 1.1, https://www.jsonfeed.org/version/1.1/. Pure; runs inside the box, as all parsing does."""

import json
from collections.abc import Mapping
from typing import Any

from relay.feeds.parse.text import SUMMARY_BYTES, absolute, iso_date, name, plain
from relay.terms import Document, Entry

MOST_ENTRIES = 2000


def read_json(body: bytes, address: str) -> Document | None:
    """The document in ``body``, None if it is none. ``address`` is where it came from."""
    try:
        feed = json.loads(body.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return None
    if not isinstance(feed, dict) or "jsonfeed.org/version/" not in _text(feed, "version"):
        return None
    items = feed.get("items")
    home = absolute(_text(feed, "home_page_url"), address)
    language = _text(feed, "language")[:35]
    named = [item for item in (items if isinstance(items, list) else []) if isinstance(item, dict)]
    return Document(
        entries=tuple(_entry(item, language, home, address) for item in named[:MOST_ENTRIES]),
        kind="json",
        title=plain(_text(feed, "title")),
        link=home,
        language=language,
        hub=absolute(_hub(feed), address),
        topic=absolute(_text(feed, "feed_url"), address),
    )


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
