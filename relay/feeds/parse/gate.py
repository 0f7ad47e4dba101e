# SPDX-License-Identifier: AGPL-3.0-or-later
"""The strict pass: the identity of every entry as feedparser would read it, at a fortieth of the price, or nothing.

It vouches only for what it knows feedparser to do: well-formed documents without a document type, whose elements are
where they belong (``vocabulary``), as many entries as there are tags that open one. It stands on expat, as feedparser's
strict reader does, so that both take the same documents for well formed. lxml costs as much, and keeps every name it
ever met for the life of the process: a hostile feed could use up its dictionary.
"""

import re
from io import BytesIO
from xml.etree.ElementTree import Element, ParseError, iterparse

from relay.feeds.parse.cuts import whole_entries
from relay.feeds.parse.names import Names
from relay.feeds.parse.traces import Trace, Tracing, about
from relay.feeds.parse.vocabulary import Kind, Unclear

MOST_ENTRIES = 2000
_DEEPEST = 64
_TAGS = {"rss": b"<item", "rdf_rdf": b"<item", "feed": b"<entry"}
_BASE = re.compile(rb"base\s*=(?!\s*(?:\"[!#%'-Z^-~]*\"|'[!#%(-Z^-~]*'))")


def traces(xml: bytes) -> tuple[Trace, ...] | None:
    """The first 2,000 entries of ``xml`` (as ``charset.to_xml`` has it), None where feedparser has to be asked."""
    if b"!DOCTYPE" in xml or b"!ENTITY" in xml or _baseless(xml) or whole_entries(xml) is not xml:
        return None
    try:
        root, names = _parsed(xml)
        entries = _entries(root, names)
        if not 0 < len(entries) == _opened(xml, names[root.tag]):
            return None
        return tuple(_trace(entry, names) for entry in entries[:MOST_ENTRIES])
    except (ParseError, Unclear):
        return None


def _baseless(xml: bytes) -> bool:
    """Whether links might be relative to what is no address: feedparser then loses even those that are absolute."""
    lower = xml.lower()
    return any(lower[found.start() - 1] in b" \t\r\n:" for found in _BASE.finditer(lower))


def _parsed(xml: bytes) -> tuple[Element, Names]:
    told, names = iterparse(BytesIO(xml), ("start-ns",)), Names()  # noqa: S314  # no document type, so no entities
    for _, declaration in told:
        names.declare(*declaration)
    return told.root, names  # type: ignore[attr-defined]  # documented, but unknown to typeshed


def _opened(xml: bytes, root: Kind) -> int:
    """How many tags open an entry, wherever they stand: an entry that is swallowed by something else leaves its tag."""
    lists = xml.count(b"<items") if root.key == "rdf_rdf" else 0
    return xml.count(_TAGS[root.key]) - lists


def _entries(root: Element, names: Names) -> list[Element]:
    """The entries where they belong; raises Unclear for any elsewhere and for what might upset their reading."""
    kind = names[root.tag]
    if kind.key == "feed":
        return _beside(list(root), names)
    channels = [element for element in root if names[element.tag].role == "channel"]
    if kind.role != "root" or len(channels) != 1 or (about(channels[0]) and kind.key == "rss"):
        raise Unclear
    inside, others = _beside(list(channels[0]), names), [element for element in root if element is not channels[0]]
    if others if kind.key == "rss" else inside:
        raise Unclear
    return inside if kind.key == "rss" else _beside(others, names)


def _beside(elements: list[Element], names: Names) -> list[Element]:
    """The entries among ``elements``, once the others are known to be harmless."""
    entries = []
    for element in elements:
        kind = names[element.tag]
        if kind.role == "entry":
            entries.append(element)
        elif not kind.sound or kind.role in ("root", "channel"):
            raise Unclear
        elif len(element):
            _look_inside(element, _holds(kind, element), names)
    return entries


def _trace(entry: Element, names: Names) -> Trace:
    tracing = Tracing(about(entry))
    for element in entry:
        kind = names[element.tag]
        if len(element):
            holds = _holds(kind, element)
            _look_inside(element, "" if holds == "picture" else holds, names, tracing)
        if kind.role:
            tracing.hear(kind.role, element)
        elif not kind.sound:
            raise Unclear
    return tracing.trace()


def _look_inside(element: Element, holds: str, names: Names, tracing: Tracing | None = None, depth: int = 2) -> None:
    """Raises Unclear unless all that stands in ``element`` may stand in what ``holds`` such."""
    for inner in element:
        kind = names[inner.tag]
        if not kind.fits(holds) or depth > _DEEPEST:
            raise Unclear
        if tracing and kind.role and holds == "media":
            tracing.hear(kind.role, inner, depth)
        if len(inner):
            _look_inside(inner, holds, names, tracing, depth + 1)


def _holds(kind: Kind, element: Element) -> str:
    """What may stand inside: in a text none but XHTML, and only where the text is said to be that."""
    if kind.holds == "xhtml" and element.get("type", "").lower() != "xhtml":
        return ""
    return kind.holds
