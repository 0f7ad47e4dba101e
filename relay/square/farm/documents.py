# SPDX-License-Identifier: AGPL-3.0-or-later
"""Feeds as real ones are written: mostly RSS (https://www.rssboard.org/rss-specification), some Atom (RFC 4287), some
JSON Feed (https://www.jsonfeed.org/version/1.1/). Pure."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from html import escape
from typing import Literal, NamedTuple

from relay.square.farm.validators import http_date

_text = partial(escape, quote=False)  # in an element quotes are letters like others

Form = Literal["rss", "atom", "json"]

TYPES: dict[Form, str] = {
    "rss": "application/rss+xml; charset=utf-8",
    "atom": "application/atom+xml; charset=utf-8",
    "json": "application/feed+json",
}


class Item(NamedTuple):
    """One article as a feed lists it; ``published`` in POSIX seconds. An empty guid is left out."""

    title: str
    link: str
    guid: str
    summary: str
    published: float


class Channel(NamedTuple):
    """What a feed says of itself; ``built`` in POSIX seconds. An empty hub is left out."""

    title: str
    home: str
    address: str
    built: int
    hub: str = ""


def form_of(feed: int) -> Form:
    """Of twenty feeds seventeen are RSS, two Atom and one JSON Feed."""
    return "json" if feed % 20 == 19 else "atom" if feed % 10 == 7 else "rss"


def document(form: Form, channel: Channel, items: Sequence[Item]) -> bytes:
    """The whole document, newest item first if ``items`` are."""
    return _WRITERS[form](channel, items).encode()


def _rss(channel: Channel, items: Sequence[Item]) -> str:
    hub = _link("atom:link", channel.hub, "hub") + _link("atom:link", channel.address, "self") if channel.hub else ""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom">\n<channel>'
        f"<title>{_text(channel.title)}</title><link>{_text(channel.home)}</link>{hub}"
        f"<description>{_text(channel.title)}</description><language>fr-FR</language>"
        f"<lastBuildDate>{http_date(channel.built)}</lastBuildDate>\n"
        f"{''.join(map(_rss_item, items))}</channel>\n</rss>\n"
    )


def _rss_item(item: Item) -> str:
    guid = f"<guid>{_text(item.guid)}</guid>" if item.guid else ""
    return (
        f"<item><title>{_text(item.title)}</title><link>{_text(item.link)}</link>{guid}"
        f"<description>{_text(item.summary)}</description><pubDate>{http_date(int(item.published))}</pubDate></item>\n"
    )


def _atom(channel: Channel, items: Sequence[Item]) -> str:
    hub = _link("link", channel.hub, "hub") if channel.hub else ""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom">'
        f"<title>{_text(channel.title)}</title><id>{_text(channel.address)}</id>"
        f"{_link('link', channel.address, 'self')}{hub}<updated>{_iso(channel.built)}</updated>\n"
        f"{''.join(map(_atom_entry, items))}</feed>\n"
    )


def _atom_entry(item: Item) -> str:
    guid = f"<id>{_text(item.guid)}</id>" if item.guid else ""
    return (
        f"<entry><title>{_text(item.title)}</title>{_link('link', item.link, 'alternate')}{guid}"
        f"<updated>{_iso(item.published)}</updated><summary>{_text(item.summary)}</summary></entry>\n"
    )


def _json(channel: Channel, items: Sequence[Item]) -> str:
    told: dict[str, object] = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": channel.title,
        "home_page_url": channel.home,
        "feed_url": channel.address,
        "_built": channel.built,
    }
    if channel.hub:
        told["hubs"] = [{"type": "WebSub", "url": channel.hub}]
    told["items"] = [
        {"title": item.title, "url": item.link, "summary": item.summary, "date_published": _iso(item.published)}
        | ({"id": item.guid} if item.guid else {})
        for item in items
    ]
    return json.dumps(told, ensure_ascii=False)


def _link(element: str, address: str, rel: str) -> str:
    return f'<{element} rel="{rel}" href="{escape(address)}"/>'


def _iso(moment: float) -> str:
    return datetime.fromtimestamp(int(moment), UTC).isoformat().replace("+00:00", "Z")


_WRITERS = {"rss": _rss, "atom": _atom, "json": _json}
