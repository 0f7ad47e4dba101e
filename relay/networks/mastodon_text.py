# SPDX-License-Identifier: AGPL-3.0-or-later
"""Reading our own posts back: a server returns them as HTML. https://docs.joinmastodon.org/entities/Status/#content"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Any

Status = Mapping[str, Any]

_LINK = re.compile(r"https?://\S*[\w/=#+&~-]", re.IGNORECASE)


def match(page: Sequence[Status], text: str) -> Status | None:
    """Our post: the one with our words, else one with exactly our links; servers change words now and then."""
    wanted = _links(text)
    read = [(status, plain(status.get("content") or "")) for status in page]
    ours = [status for status, words in read if words.split() == text.split()]
    linked = [status for status, words in read if wanted and _links(words) == wanted]
    return next(iter(ours + linked), None)


def made(status: Status) -> datetime:
    """When the server made it; one that does not say is as old as can be."""
    moment = status.get("created_at")
    return moment if isinstance(moment, datetime) else datetime.min.replace(tzinfo=UTC)


def _links(text: str) -> frozenset[str]:
    return frozenset(_LINK.findall(text))


def plain(html: str) -> str:
    """The text that made this HTML: shortened links in full, mentions and hashtags as they were typed."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return "".join(reader.out).strip()


@dataclass
class _Reader(HTMLParser):
    out: list[str] = field(default_factory=list)
    in_link: bool = False

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        if tag == "a" and not {"mention", "hashtag"} & set((named.get("class") or "").split()):
            self.in_link = True
            self.out.append(named.get("href") or "")
        elif tag == "br":
            self.out.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag == "a":
            self.in_link = False
        elif tag == "p":
            self.out.append("\n\n")

    def handle_data(self, data: str) -> None:
        if not self.in_link:
            self.out.append(data)
