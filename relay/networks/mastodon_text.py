# SPDX-License-Identifier: AGPL-3.0-or-later
"""Reading our own posts back: a server returns them as HTML. https://docs.joinmastodon.org/entities/Status/#content"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Any

from relay.networks.port import Found, Receipt

Status = Mapping[str, Any]

_LINK = re.compile(r"https?://\S*[\w/=#+&~-]", re.IGNORECASE)


def match(statuses: Sequence[Status], text: str) -> list[Status]:
    """Our posts: those with our words, else those with exactly our links; servers change words now and then.

    Twins were changed alike, so of the latter only those that read like the first: the others are another notice's,
    say of the strike's end with the same petition, and whoever takes those for twins deletes them.
    """
    wanted = _links(text)
    words = [read(status.get("content") or "").text.split() for status in statuses]
    ours = [status for status, said in zip(statuses, words, strict=True) if said == text.split()]
    linked = [said for said in words if wanted and _links(" ".join(said)) == wanted]
    return ours or [status for status, said in zip(statuses, words, strict=True) if said in linked[:1]]


def whole(status: object) -> bool:
    """Whether it says what a status must: its id and its moment."""
    if not isinstance(status, Mapping):
        return False
    return isinstance(status.get("id"), str) and isinstance(status.get("created_at"), datetime)


def made(status: Status) -> datetime:
    """When the server made it, in UTC."""
    moment: datetime = status["created_at"]
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def listed(status: Status) -> bool:
    """Whether it is a post of the account's for others to see: neither a boost nor a letter to somebody."""
    return not status.get("reblog") and status.get("visibility") != "direct"


def found(status: Status, receipt: Receipt) -> Found:
    """The status as the port has it; its links are those of its text and of the preview the server drew."""
    content = read(status.get("content") or "")
    card = (status.get("card") or {}).get("url")
    links = dict.fromkeys([*content.links, *([card] if card else [])])
    return Found(receipt, made(status), content.text, tuple(links))


def _links(text: str) -> frozenset[str]:
    return frozenset(_LINK.findall(text))


@dataclass(frozen=True)
class Content:
    """``text``: shortened links in full, mentions and hashtags as they were typed. ``links``: neither of those two."""

    text: str
    links: tuple[str, ...]


def read(html: str) -> Content:
    """The text that made this HTML, which some servers give as it was typed."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return Content("".join(reader.out).strip(), tuple(reader.links))


@dataclass
class _Reader(HTMLParser):
    out: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    in_link: bool = False

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        if tag == "a" and not {"mention", "hashtag"} & set((named.get("class") or "").split()):
            self.in_link = True
            self.out.append(named.get("href") or "")
            self.links.append(named.get("href") or "")
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
            self.links += _LINK.findall(data)
