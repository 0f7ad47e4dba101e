# SPDX-License-Identifier: AGPL-3.0-or-later
"""A document as its publisher wrote it, before anything was mended: what the reader forgives, the doctor names. Pure.

Bounded: no entities, no network, no more than lxml allows by default; a document that declares entities is left alone.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from lxml import etree  # type: ignore[import-untyped]  # ships no types

from relay.feeds.http.headers import media

MOST = 2000
_ENTRIES = frozenset({"item", "entry"})
_DATES = frozenset({"pubdate", "published", "updated", "date", "created", "issued", "modified"})
_WANTED = _DATES | {"link", "guid", "id", "title"}
_PIECES, _LONGEST = 50, 4096  # of text nodes, and characters
_DECLARED = re.compile(rb"<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([A-Za-z0-9._:-]{1,40})[\"']")
_CLOUD = re.compile(rb"<cloud\s[^>]{0,400}domain\s*=", re.IGNORECASE)


@dataclass(frozen=True)
class Item:
    """One entry, its texts as written. ``date`` is the first; ``markup``: the title may hold HTML."""

    guid: str = ""
    link: str = ""
    title: str = ""
    date: str = ""
    markup: bool = False


@dataclass(frozen=True)
class Source:
    """``error`` and ``line``: where XML (or JSON) is broken, in the parser's words, "" and 0 if it is not.

    ``declared``: the charset of the XML declaration; ``entities``: it declares some, and nothing else was read;
    ``cloud``: it names an rssCloud.
    """

    items: tuple[Item, ...] = ()
    error: str = ""
    line: int = 0
    declared: str = ""
    entities: bool = False
    cloud: bool = False


def read_source(body: bytes, content_type: str = "") -> Source:
    """Never raises, whatever the body is."""
    if body[:64].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        return _json(body)
    found = _DECLARED.search(body[:1024])
    declared = found[1].decode("ascii").lower() if found else ""
    cloud = bool(_CLOUD.search(body[: 64 << 10]))
    if b"<!ENTITY" in body:
        return Source(declared=declared, entities=True, cloud=cloud)
    _, charset = media(content_type)
    try:
        root = etree.fromstring(body, _parser(charset, recover=False))
        return Source(tuple(_items(root)), declared=declared, cloud=cloud)
    except etree.XMLSyntaxError as fault:
        items = tuple(_items(_mended(body, charset)))
        words = " ".join(re.sub(r", line \d+, column \d+.*$", "", str(fault.msg or "")).split())
        return Source(items, words, int(fault.lineno or 0), declared, cloud=cloud)


def _parser(charset: str, *, recover: bool) -> Any:
    given = {"recover": recover, "resolve_entities": False, "no_network": True, "huge_tree": False}
    try:
        return etree.XMLParser(encoding=charset or None, **given)
    except LookupError:  # the server names a charset that nobody knows
        return etree.XMLParser(**given)


def _mended(body: bytes, charset: str) -> Any:
    try:
        return etree.fromstring(body, _parser(charset, recover=True))
    except etree.XMLSyntaxError:
        return None


def _items(root: Any) -> Iterator[Item]:
    if root is None:
        return
    entries = (each for each in root.iter() if _name(each) in _ENTRIES)
    for _, entry in zip(range(MOST), entries, strict=False):
        yield _item(entry)


def _item(entry: Any) -> Item:
    named: dict[str, str] = {}
    date: str = ""
    markup = False
    for child in entry:
        name = _name(child)
        text = _text(child) if name in _WANTED else ""
        if name == "link" and child.get("rel", "alternate") == "alternate":
            named.setdefault("link", child.get("href") or text)
        elif name in ("guid", "id"):
            named.setdefault("guid", text)
        elif name == "title" and "title" not in named:
            named["title"], markup = text, child.get("type", "") in ("html", "xhtml")
        elif name in _DATES and not date:
            date = text
    return Item(**named, date=date, markup=markup)


def _text(element: Any) -> str:
    """Its beginning: entries may be nested, and each would hold the text of all the others."""
    try:
        return " ".join("".join(islice(element.itertext(), _PIECES))[:_LONGEST].split())
    except UnicodeDecodeError:  # a reference to half a character, mended by guessing
        return ""


def _name(element: Any) -> str:
    tag = element.tag
    return tag.rpartition("}")[2].lower() if isinstance(tag, str) else ""  # comments have no name


def _json(body: bytes) -> Source:
    try:
        feed = json.loads(body.decode("utf-8-sig"))
    except json.JSONDecodeError as fault:
        return Source(error=fault.msg, line=fault.lineno)
    except (ValueError, RecursionError):
        return Source()
    items = feed.get("items") if isinstance(feed, dict) else None
    return Source(
        tuple(
            Item(
                guid=str(each.get("id") or ""),
                link=str(each.get("url") or each.get("external_url") or ""),
                title=str(each.get("title") or ""),
                date=str(each.get("date_published") or each.get("date_modified") or ""),
            )
            for each in (items if isinstance(items, list) else [])[:MOST]
            if isinstance(each, dict)
        )
    )
