# SPDX-License-Identifier: AGPL-3.0-or-later
"""Fuzz target: the gate reads the identity that feedparser reads, or says that it cannot; and nothing new gets lost."""

from dataclasses import replace

from fuzz.feeds import ADDRESS, KINDS, stumbles
from fuzz.typesetting import typeset

from relay.feeds.http.headers import media
from relay.feeds.parse.charset import to_xml
from relay.feeds.parse.gate import traces
from relay.feeds.parse.glance import glance, is_json
from relay.feeds.parse.prints import with_text
from relay.feeds.parse.reading import identity, look
from relay.feeds.parse.vocabulary import Unclear
from relay.terms import Document, Entry, Reading

PRINT = 8  # bytes


@stumbles
def check(data: bytes) -> None:
    """A feed as it stands, of which the last byte chooses the content type; any other bytes are typeset."""
    kind = KINDS[data[-1] % len(KINDS)] if data else ""
    if data[:1] not in (b"<", b"{"):
        data, kind = typeset(data), ""
    whole = look(data, kind, ADDRESS, b"")
    if whole is not None and whole.document is not None:
        _same_identity(data, kind, whole.document)
        _nothing_lost(data, kind, whole.document, whole.prints)


def _same_identity(data: bytes, kind: str, document: Document) -> None:
    found = None if is_json(data, kind) else traces(to_xml(data, media(kind)[1]))
    if found is None:
        return
    assert len(found) == len(document.entries)
    for trace, entry in zip(found, document.entries, strict=True):
        try:
            read_by_gate = identity(trace)
        except Unclear:
            continue
        assert read_by_gate == bare(entry)


def _nothing_lost(data: bytes, kind: str, document: Document, prints: bytes) -> None:
    """Neither to one who knows nothing, nor all, nor all but the first entry."""
    entries = prints[: PRINT * len(document.entries)]
    assert (PRINT * len(document.entries), with_text(entries, data, kind)) == (len(entries), prints)
    assert glance(data, kind) in (b"", entries)
    if not prints:
        return
    assert look(data, kind, ADDRESS, prints) == Reading(None, prints)
    part = look(data, kind, ADDRESS, prints[PRINT:])
    assert part is not None
    if part.document is not None:
        assert [bare(entry) for entry in part.document.entries] == [bare(entry) for entry in document.entries]
        assert part.document.entries[0] == document.entries[0]
        assert replace(part.document, entries=()) == replace(document, entries=())


def bare(entry: Entry) -> Entry:
    """What is known of an entry that was not read in full."""
    return replace(entry, summary="", language="")
