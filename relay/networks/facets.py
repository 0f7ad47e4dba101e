# SPDX-License-Identifier: AGPL-3.0-or-later
"""Spans of code points to facets of UTF-8 bytes: https://docs.bsky.app/docs/advanced-guides/post-richtext. Pure.

Nothing is found in the text: what is a link or a hashtag was decided by whoever composed it.
"""

from collections.abc import Iterable
from typing import Any

from relay.networks.port import Span

LINK = "app.bsky.richtext.facet#link"
TAG = "app.bsky.richtext.facet#tag"
MENTION = "app.bsky.richtext.facet#mention"


def facets(text: str, spans: Iterable[Span]) -> list[dict[str, Any]]:
    """The facets of ``app.bsky.richtext.facet`` in the order of the text.

    Raises ValueError for a span outside the text, an empty one, or two that overlap: clients show neither.
    """
    found: list[dict[str, Any]] = []
    last = 0
    for span in sorted(spans, key=lambda span: span.start):
        if not last <= span.start < span.end <= len(text):
            raise ValueError(f"span {span.start}–{span.end} does not lie free in a text of {len(text)}")
        last = span.end
        index = {"byteStart": _bytes(text[: span.start]), "byteEnd": _bytes(text[: span.end])}
        found.append({"index": index, "features": [_feature(span)]})
    return found


def _bytes(text: str) -> int:
    return len(text.encode())


def _feature(span: Span) -> dict[str, str]:
    if span.kind == "link":
        return {"$type": LINK, "uri": span.target}
    return {"$type": TAG, "tag": span.target.removeprefix("#")}
