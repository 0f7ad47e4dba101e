# SPDX-License-Identifier: AGPL-3.0-or-later
"""A newsroom's feed without HTTP and without parsing: what a look finds is the document as it stands."""

import asyncio
import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from unittest.mock import patch

from simulation.loop import LIFE, Life

from relay.faults import FeedUnreachable
from relay.feeds.http.answers import Fetched, Memory
from relay.i18n import say
from relay.outside import Outside
from relay.terms import Document, Entry, Reading

YESTERDAY = datetime(2026, 12, 16, 12, tzinfo=UTC)
FEED = "https://journal.example/feed"


@dataclass
class Press:
    """Stands in the house for the door to the web and for the parser. ``documents`` by address; ``trouble``: how many
    looks fail; ``looks``: who read the whole document, and when by its own clock.
    """

    rng: random.Random
    trouble: float = 0.0
    documents: dict[str, list[Entry]] = field(default_factory=lambda: {FEED: _archive()})
    published: dict[str, datetime] = field(default_factory=dict)
    looks: list[tuple[Life | None, datetime]] = field(default_factory=list)

    def publish(self, title: str, now: datetime, address: str = FEED) -> Entry:
        """A new piece at the top of the document; a ``title`` is said once."""
        entry = _entry(title, now)
        self.documents[address] = [entry, *self.documents[address]][:30]
        self.published[entry.link] = now
        return entry

    async def parse(self, body: bytes, content_type: str, address: str) -> Document:
        """The document that ``body`` is the digest of."""
        return Document(tuple(self.documents[address]), title="Le Quotidien", link="https://journal.example/")

    async def read(
        self, body: bytes, content_type: str, address: str, known: bytes, *, suspect: bool = False
    ) -> Reading:
        """The same, with no memory of what was read before."""
        return Reading(await self.parse(body, content_type, address))

    async def aclose(self) -> None:
        """No child process, no connection."""


def _entry(title: str, now: datetime) -> Entry:
    link = f"https://journal.example/{title.replace(' ', '-')}"
    return Entry(guid=link, link=link, title=f"{title} : une histoire", published=now)


def _archive() -> list[Entry]:
    """What is in the feed from the days before."""
    return [_entry(f"Archive {number}", YESTERDAY - timedelta(hours=number)) for number in range(20)]


async def _fetch(outside: Outside, address: str, memory: Memory, *, failures: int = 0) -> Fetched:
    press = outside.http
    assert isinstance(press, Press)
    await asyncio.sleep(0.1)
    if press.rng.random() < press.trouble:
        raise FeedUnreachable(say("No answer."))
    press.looks.append((LIFE.get(), outside.clock.now()))
    digest = sha256(repr(press.documents[address]).encode()).digest()
    new = Memory(body_hash=digest)
    return Fetched(address, new, unchanged=digest == memory.body_hash, body=digest)


@contextmanager
def handed_in() -> Iterator[None]:
    """While this lasts, a look asks the press of its house."""
    with patch("relay.feeds.look.fetch", _fetch):
        yield
