# SPDX-License-Identifier: AGPL-3.0-or-later
"""Fingerprints: 8 bytes that say whether an entry has been seen exactly as it is now, one after the other in ``bytes``.

Those of entries are taken of what identifies an entry as its reader found it, before any cleaning, so that an edited
headline makes another one; and each reader signs its own, so that no two readers ever mean different entries by the
same print. The last is that of the text the entries stand in: the quickest to compare.
https://docs.python.org/3/library/hashlib.html#personalization
"""

import re
from collections.abc import Iterable
from hashlib import blake2b

from relay.feeds.parse.traces import Trace
from relay.terms import Entry

_SIZE = 8
_XML = re.compile(rb"(?:\xef\xbb\xbf)?\s*<")
_ROOT = re.compile(rb"<[^!?<>][^<>]*>")  # not across another "<": that would take the square of the length
_ENTRY = re.compile(rb"<(?:[^\s<>/:]+:)?(?:item|entry)\b", re.IGNORECASE)
_BASE = re.compile(rb"\bbase\s*=", re.IGNORECASE)


def of_traces(traces: Iterable[Trace]) -> bytes:
    """Those of entries that the gate read."""
    return _packed(b"gate", ((trace.guid, trace.link, trace.title, *trace.dates) for trace in traces))


def of_items(items: Iterable[tuple[str, ...]]) -> bytes:
    """Those of the entries of a JSON Feed."""
    return _packed(b"json", items)


def of_entries(entries: Iterable[Entry]) -> bytes:
    """Those of entries that only feedparser could read."""
    return _packed(b"feedparser", ((each.guid, each.link, each.title, str(each.published)) for each in entries))


def of_text(body: bytes, content_type: str) -> bytes:
    """That of an XML document but for what its head says of the feed: most that are built anew differ there alone.

    None where there is no entry, or the head says what links are relative to.
    """
    root = _ROOT.search(body) if _XML.match(body) else None
    entry = root and _ENTRY.search(body, root.end())
    if not root or not entry or _BASE.search(body, root.end(), entry.start()):
        return b""
    said = blake2b(content_type.encode("utf-8", "surrogatepass"), digest_size=_SIZE, person=b"text")
    said.update(b"\0" + body[: root.end()])
    said.update(memoryview(body)[entry.start() :])
    return said.digest()


def with_text(prints: bytes, body: bytes, content_type: str) -> bytes:
    """What to remember of a document with entries of these ``prints``, none if it has none."""
    return prints and prints + of_text(body, content_type)


def unseen(prints: bytes, known: bytes) -> list[int]:
    """Which entries, counted from 0, are not among the ``known``."""
    seen = set(_each(known))
    return [number for number, each in enumerate(_each(prints)) if each not in seen]


def nothing_new(prints: bytes, known: bytes) -> bool:
    """Whether there are entries and all of them are ``known``. A document without entries is always looked at."""
    return bool(prints) and set(_each(known)).issuperset(_each(prints))


def _packed(reader: bytes, identities: Iterable[tuple[str, ...]]) -> bytes:
    # no character of XML is a null, and text that comes from JSON can only harm its own feed by having one
    said = ("\0".join(identity).encode("utf-8", "surrogatepass") for identity in identities)
    return b"".join(blake2b(each, digest_size=_SIZE, person=reader).digest() for each in said)


def _each(prints: bytes) -> Iterable[bytes]:
    return (prints[start : start + _SIZE] for start in range(0, len(prints), _SIZE))
