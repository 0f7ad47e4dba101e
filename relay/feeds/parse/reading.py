# SPDX-License-Identifier: AGPL-3.0-or-later
"""Bytes to document, in two gears: feedparser reads what is new; where that cannot be told for sure, it reads all."""

from dataclasses import replace
from urllib.parse import urlparse, urlunparse

from relay.feeds.http.headers import media
from relay.feeds.parse import prints
from relay.feeds.parse.charset import to_xml
from relay.feeds.parse.cuts import spans, without
from relay.feeds.parse.gate import traces
from relay.feeds.parse.glance import is_json
from relay.feeds.parse.jsonfeed import identities, read_json
from relay.feeds.parse.moments import moment
from relay.feeds.parse.text import absolute, name, plain
from relay.feeds.parse.traces import Trace
from relay.feeds.parse.vocabulary import Unclear
from relay.feeds.parse.xmlfeed import read_xml
from relay.terms import Document, Entry, Reading

__all__ = ["Reading", "identity", "look", "read"]


def read(body: bytes, content_type: str, address: str) -> Document | None:
    """The feed in ``body``, None if there is none. Hostile input may take for ever or all memory: call it boxed."""
    kind, charset = media(content_type)
    if is_json(body, kind):
        return read_json(body, address)
    return read_xml(to_xml(body, charset), address)


def look(body: bytes, content_type: str, address: str, known: bytes) -> Reading | None:
    """The feed in ``body`` for one who has seen the entries that ``known`` are the prints of; None if there is no feed.

    Entries that are new have been read in full. Those that are known may have been read for their identity only (guid,
    link, title, published). To be called boxed.
    """
    found = _looked(body, content_type, address, known)
    return found and replace(found, prints=prints.with_text(found.prints, body, content_type))


def _looked(body: bytes, content_type: str, address: str, known: bytes) -> Reading | None:
    kind, charset = media(content_type)
    if is_json(body, kind):
        return _compared(read_json(body, address), prints.of_items(identities(body) or ()), known)
    xml = to_xml(body, charset)
    found = traces(xml)
    if found is None:
        document = read_xml(xml, address)
        return _compared(document, prints.of_entries(document.entries if document else ()), known)
    here = prints.of_traces(found)
    new = prints.unseen(here, known)
    if not new:
        return Reading(None, here)
    return _compared(_read_new(xml, address, found, new) or read_xml(xml, address), here, known)


def identity(trace: Trace) -> Entry:
    """An entry as far as the gate has read it; raises Unclear where feedparser might read something else."""
    link = absolute(trace.link)
    if trace.link and (link != trace.link or ":///" in link or urlunparse(urlparse(link)) != link):
        raise Unclear  # feedparser would join it with something, or mend it
    moments = (moment(date) for date in trace.dates)
    published = next((each for each in moments if each), None)
    return Entry(name(trace.guid), link, plain(trace.title), published=published)


def _compared(document: Document | None, here: bytes, known: bytes) -> Reading | None:
    if document is None:
        return None
    return Reading(None if prints.nothing_new(here, known) else document, here)


def _read_new(xml: bytes, address: str, found: tuple[Trace, ...], new: list[int]) -> Document | None:
    """The document, of which feedparser reads only the ``new`` entries; None if all has to be read."""
    places = spans(xml)
    if len(new) == len(found) or len(places) < len(found):
        return None
    try:
        entries = [identity(trace) for trace in found]
    except Unclear:
        return None
    wanted = set(new)
    document = read_xml(without(xml, (place for n, place in enumerate(places) if n not in wanted)), address)
    if document is None or len(document.entries) != len(new):
        return None
    for number, entry in zip(new, document.entries, strict=True):
        if entries[number] != replace(entry, summary="", language=""):
            return None  # the gate was mistaken
        entries[number] = entry
    return replace(document, entries=tuple(entries))
