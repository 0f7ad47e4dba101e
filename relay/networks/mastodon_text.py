# SPDX-License-Identifier: AGPL-3.0-or-later
"""Reading our own posts back: a server returns them as HTML. https://docs.joinmastodon.org/entities/Status/#content"""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

_LINK = re.compile(r"https?://\S*[\w/=#+&~-]", re.IGNORECASE)


def links(text: str) -> frozenset[str]:
    """The addresses in a plain text."""
    return frozenset(_LINK.findall(text))


def same_words(one: str, other: str) -> bool:
    """Whether two texts differ in white space only."""
    return one.split() == other.split()


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
