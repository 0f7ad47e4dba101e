# SPDX-License-Identifier: AGPL-3.0-or-later
"""What Piquet would read at an address or in a file, and what is wrong with it: for ``piquet feed check``."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from relay.faults import Invalid
from relay.feeds.http.answers import NOTHING, Fetched, Memory
from relay.feeds.http.decode import too_long
from relay.feeds.http.headers import media
from relay.feeds.identity.judge import keys
from relay.feeds.identity.keys import spoilt_keys
from relay.feeds.parse.discover import Found
from relay.feeds.parse.parser import Parser
from relay.feeds.subscribe import find
from relay.i18n import Message, say, say_n
from relay.outside import Outside
from relay.terms import Document, Entry

_FILE_BYTES = 10 << 20
_QUIET = timedelta(days=30)


@dataclass(frozen=True)
class Report:
    """What was read. ``others``: the feeds a page named besides the one read here, or instead of it if several."""

    address: str
    document: Document
    warnings: tuple[Message, ...] = ()
    others: tuple[Found, ...] = ()
    moved_to: str = ""
    fresh_for: int = 0
    memory: Memory = NOTHING

    def as_json(self) -> dict[str, object]:
        """For machines: dates as ISO 8601 with Z, what a feed does not say as null, durations in seconds."""
        document = self.document
        return {
            "address": self.address,
            "kind": document.kind,
            "title": document.title or None,
            "link": document.link or None,
            "language": document.language or None,
            "entries": [_entry_json(entry) for entry in document.entries],
            "warnings": [str(warning) for warning in self.warnings],
            "others": [{"address": found.address, "title": found.title or None} for found in self.others],
            "moved_to": self.moved_to or None,
            "fresh_for": self.fresh_for,
            "ttl": document.ttl,
            "hub": document.hub or None,
            "etag": bool(self.memory.etag),
            "last_modified": bool(self.memory.last_modified),
        }


async def check(outside: Outside, parser: Parser, address_or_path: str) -> Report:
    """Read the feed at an address, or the first one a page names, or in a file, and say what is wrong with it.

    A file is one that is there, or whose path begins with a slash, a dot or a tilde.

    Raises Invalid for an address that cannot be used or a file that cannot be read, and FeedFault as ``fetch`` and
    ``Parser`` do.
    """
    if await asyncio.to_thread(_names_a_file, address_or_path):
        return await _check_file(outside, parser, address_or_path)
    found = await find(outside, parser, address_or_path)
    fetched, document = found.fetched, found.document
    warnings = (*_heard(fetched), *_read(document, outside.clock.now()))
    return Report(
        fetched.address, document, warnings, found.others, fetched.moved_to, fetched.fresh_for, fetched.memory
    )


async def _check_file(outside: Outside, parser: Parser, path: str) -> Report:
    body = await asyncio.to_thread(_file, path)
    if len(body) > _FILE_BYTES:
        raise too_long(_FILE_BYTES)
    document = await parser.parse(body, "", "")
    return Report(path, document, tuple(_read(document, outside.clock.now())))


def _names_a_file(text: str) -> bool:
    return "://" not in text and (text.startswith(("/", ".", "~")) or Path(text).is_file())


def _file(path: str) -> bytes:
    try:
        with Path(path).expanduser().open("rb") as file:
            return file.read(_FILE_BYTES + 1)
    except (OSError, ValueError, RuntimeError) as fault:
        raise Invalid(
            say("There is no file {path} to read. Give a file, or an address that begins with https://.", path=path)
        ) from fault


def _heard(fetched: Fetched) -> Iterator[Message]:
    """What is wrong with the answer."""
    kind, _ = media(fetched.content_type)
    if kind == "text/html":
        yield say("The server calls the feed a web page (text/html). Ask for application/rss+xml or atom+xml.")
    if not (fetched.memory.etag or fetched.memory.last_modified):
        yield say("The server sends neither ETag nor Last-Modified, so every look costs the whole feed. Ask for one.")
    if fetched.moved_to:
        yield say("The feed has moved for good. Use {address} from now on.", address=fetched.moved_to)


def _read(document: Document, now: datetime) -> Iterator[Message]:
    """What is wrong with the document."""
    entries = document.entries
    if not entries:
        yield say("The feed has no entries now. The first article that appears will be announced.")
        return
    yield from _missing(entries)
    yield from _unreliable(entries, now)


def _missing(entries: tuple[Entry, ...]) -> Iterator[Message]:
    linkless = sum(not entry.link for entry in entries)
    if linkless:
        yield say_n(
            "{n} entry has no link, so a notice could not link to it. Add a link element.",
            "{n} entries have no link, so a notice could not link to them. Add a link element.",
            linkless,
        )
    nameless = sum(not entry.guid for entry in entries)
    if nameless:
        yield say_n(
            "{n} entry has no guid or id and is known by its link only. Add one that never changes.",
            "{n} entries have no guid or id and are known by their links only. Add ones that never change.",
            nameless,
        )
    untitled = sum(not entry.title for entry in entries)
    if untitled:
        yield say_n("{n} entry has no title. Add one.", "{n} entries have no title. Add one to each.", untitled)
    undated = sum(entry.published is None for entry in entries)
    if undated:
        yield say_n(
            "{n} entry has no date that can be read. Write dates as RFC 822 (RSS) or RFC 3339 (Atom) say.",
            "{n} entries have no date that can be read. Write dates as RFC 822 (RSS) or RFC 3339 (Atom) say.",
            undated,
        )


def _unreliable(entries: tuple[Entry, ...], now: datetime) -> Iterator[Message]:
    shared = Counter(key.kind for key in spoilt_keys(entries))
    if shared["g"]:
        yield say("Different entries carry the same guid, so it identifies none of them. Give each its own.")
    if shared["l"]:
        yield say("Different entries carry the same link, so it identifies none of them. Give each its own.")
    if any(not keys(entry) for entry in entries):
        yield say("Some entries say nothing at all and are passed over. Take them out of the feed.")
    dates = [entry.published for entry in entries if entry.published]
    if any(date > now + timedelta(hours=1) for date in dates):
        yield say("Some entries are dated in the future; Piquet announces them as soon as it sees them.")
    if dates and max(dates) < now - _QUIET:
        yield say("The newest entry is more than a month old. Check that this feed is still in use.")


def _entry_json(entry: Entry) -> dict[str, object]:
    published = entry.published.isoformat(timespec="seconds").replace("+00:00", "Z") if entry.published else None
    return {"id": entry.guid or None, "link": entry.link or None, "title": entry.title or None, "published": published}
