# SPDX-License-Identifier: AGPL-3.0-or-later
"""Bytes to document: which reader gets them, and the document's form on the pipe between box and parser."""

import json
from dataclasses import asdict, dataclass
from datetime import datetime

from relay.feeds.http.headers import media
from relay.feeds.parse.jsonfeed import read_json
from relay.feeds.parse.xmlfeed import read_xml
from relay.terms import Document


@dataclass(frozen=True)
class Reading:
    """What was read of a feed. ``document`` None: nothing is new in it; ``prints``: its entries' fingerprints."""

    document: Document | None
    prints: bytes = b""


def read(body: bytes, content_type: str, address: str) -> Document | None:
    """The feed in ``body``, None if there is none. Hostile input may take for ever or all memory: call it boxed."""
    kind, charset = media(content_type)
    looks_json = body[:64].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{")
    if looks_json or kind in ("application/feed+json", "application/json"):
        return read_json(body, address)
    return read_xml(body, charset, address)


def pack(document: Document | None) -> bytes:
    """The document as JSON; ``null`` for None."""
    return json.dumps(asdict(document) if document else None, default=datetime.isoformat).encode()
