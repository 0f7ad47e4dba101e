# SPDX-License-Identifier: AGPL-3.0-or-later
"""The first gear: the fingerprints of a document's entries, without feedparser. Bounded, and safe outside the box."""

from relay.feeds.http.headers import media
from relay.feeds.parse import prints
from relay.feeds.parse.charset import to_xml
from relay.feeds.parse.gate import traces
from relay.feeds.parse.jsonfeed import identities


def glance(body: bytes, content_type: str) -> bytes:
    """The prints of the entries in ``body``; none where feedparser has to be asked, or where there is no feed."""
    kind, charset = media(content_type)
    if is_json(body, kind):
        return prints.of_items(identities(body) or ())
    return prints.of_traces(traces(to_xml(body, charset)) or ())


def is_json(body: bytes, kind: str) -> bool:
    """Whether ``body`` is to be read as JSON: it looks so, or its media type ``kind`` says so."""
    start = body[:64].lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    return start == b"{" or (start != b"<" and kind in ("application/feed+json", "application/json"))
