# SPDX-License-Identifier: AGPL-3.0-or-later
"""The feeds themselves: where each lives, what it holds now, and its document as a server without faults gives it."""

import gzip
from collections.abc import Iterator
from dataclasses import dataclass

from relay.square.farm.answer import Answer
from relay.square.farm.books import Books
from relay.square.farm.documents import TYPES, Channel, Form, Item, document, form_of
from relay.square.farm.hosts import Hosts
from relay.square.farm.prose import Prose
from relay.square.farm.validators import http_date, tag


@dataclass
class Land:
    """``port``: where the feeds are served, ``hub_every``: each how manieth feed names the ``hub``, 0 for none;
    ``max_age``: for how many seconds answers call themselves fresh, 0 for unsaid."""

    books: Books
    hosts: Hosts
    prose: Prose
    scheme: str = "http"
    port: int = 0
    hub: str = ""
    hub_every: int = 0
    max_age: int = 0

    def base(self, feed: int) -> str:
        """The host of a feed as a URL."""
        return f"{self.scheme}://{self.hosts.name(feed)}:{self.port}"

    def address(self, feed: int) -> str:
        """Where a feed is."""
        return f"{self.base(feed)}/f/{feed}"

    def link(self, feed: int, article: int) -> str:
        """Where an article is."""
        return f"{self.base(feed)}/f/{feed}/a/{article}"

    def form(self, feed: int) -> Form:
        """How a feed is written."""
        return form_of(feed)

    def has_hub(self, feed: int) -> bool:
        """Whether a feed names the hub."""
        return bool(self.hub_every) and feed % self.hub_every == 0

    def channel(self, feed: int) -> Channel:
        """What a feed says of itself."""
        hub = self.hub if self.has_hub(feed) else ""
        built = self.books.edition(feed).modified
        return Channel(self.prose.paper(feed), self.base(feed), self.address(feed), built, hub)

    def items(self, feed: int) -> Iterator[Item]:
        """What it lists, newest first."""
        start = self.link(feed, 0)[:-1]
        for article in self.books.shown(feed):
            link, when = f"{start}{article}", self.books.published(feed, article)
            yield Item(self.prose.headline(feed, article), link, link, self.prose.summary(feed, article), when)

    def whole(self, feed: int) -> Answer:
        """The document with its validators."""
        edition = self.books.edition(feed)
        headers = {
            "Content-Type": TYPES[form_of(feed)],
            "ETag": tag(edition),
            "Last-Modified": http_date(edition.modified),
        }
        if self.max_age:
            headers["Cache-Control"] = f"max-age={self.max_age}"
        if self.has_hub(feed):
            headers["Link"] = f'<{self.hub}>; rel="hub", <{self.address(feed)}>; rel="self"'
        return Answer(200, headers, document(form_of(feed), self.channel(feed), tuple(self.items(feed))))


def packed(answer: Answer) -> Answer:
    """The same for a reader that accepts gzip."""
    return answer.having(gzip.compress(answer.body, 1, mtime=0), Content_Encoding="gzip", Vary="Accept-Encoding")
