# SPDX-License-Identifier: AGPL-3.0-or-later
"""XML documents made shorter: what was cut in two by a bad connection, and entries that nobody needs to read. Pure."""

import re
from collections.abc import Iterable

_ROOT_END = re.compile(rb"</\s*(?:[\w.-]+:)?(?:rss|rdf|feed)\s*>", re.IGNORECASE)
_ENTRY_END = re.compile(rb"</\s*(?:[\w.-]+:)?(?:item|entry)\s*>", re.IGNORECASE)
_ENTRY = re.compile(rb"<(?:[\w.-]+:)?(?:item|entry)\b")

_START = re.compile(rb"<(?:item|entry)[\s/>]")
_END = re.compile(rb"</(?:item|entry)\s*>")


def whole_entries(xml: bytes) -> bytes:
    """A document cut short loses its last, half entry: half a link would be announced as an article of its own."""
    opened = xml.rfind(b"<![CDATA[")
    xml = xml[:opened] if opened > xml.rfind(b"]]>") else xml
    last = xml.rfind(b"</")
    if last >= 0 and _ROOT_END.match(xml, last):
        return xml
    ends = list(_ENTRY_END.finditer(xml))
    tail = ends[-1].end() if ends else 0
    if _ROOT_END.search(xml, tail):
        return xml
    return xml[:tail] if ends else _ENTRY.split(xml, maxsplit=1)[0]


def without(xml: bytes, spans: Iterable[tuple[int, int]]) -> bytes:
    """``xml`` less the stretches [begins, ends), which follow each other and do not overlap."""
    kept, position = [], 0
    for begins, ends in spans:
        kept.append(xml[position:begins])
        position = ends
    return b"".join([*kept, xml[position:]])


def spans(xml: bytes) -> list[tuple[int, int]]:
    """Where each entry begins and ends, none if its tags do not pair. ``xml`` has passed the gate's count."""
    starts = [found.start() for found in _START.finditer(xml)]
    ends = [found.end() for found in _END.finditer(xml)]
    paired = len(starts) == len(ends) and all(end <= start for end, start in zip(ends, starts[1:], strict=False))
    return list(zip(starts, ends, strict=True)) if paired else []
