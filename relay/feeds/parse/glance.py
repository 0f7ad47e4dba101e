# SPDX-License-Identifier: AGPL-3.0-or-later
"""The first gear: the fingerprints of a document's entries, without feedparser. Bounded, and safe outside the box."""

from relay.feeds.http.headers import media
from relay.feeds.parse import prints
from relay.feeds.parse.charset import to_xml
from relay.feeds.parse.gate import traces
from relay.feeds.parse.jsonfeed import identities


def glance(body: bytes, content_type: str) -> bytes:
    """The prints of the entries in ``body``; none where feedparser has to be asked, or where there is no feed."""
    if is_json(body, content_type):
        return prints.of_items(identities(body) or ())
    return prints.of_traces(traces(to_xml(body, media(content_type)[1])) or ())


def is_json(body: bytes, content_type: str) -> bool:
    """Whether ``body`` is to be read as JSON: it looks so, or is said to be."""
    looks = body[:64].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{")
    return looks or media(content_type)[0] in ("application/feed+json", "application/json")
