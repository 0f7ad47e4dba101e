# SPDX-License-Identifier: AGPL-3.0-or-later
"""ETags and dates of the farm's documents. Pure: computed from a feed's number and version, never stored.

A tag tells which document it belongs to, and to us alone that we made it: a reader that alters or invents one is found
out (https://www.rfc-editor.org/rfc/rfc9110#section-8.8).
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from functools import lru_cache
from typing import NamedTuple
from zlib import crc32


class Edition(NamedTuple):
    """One version of one feed's document; ``modified`` in POSIX seconds."""

    feed: int
    version: int
    modified: int


def tag(edition: Edition) -> str:
    """The ETag of an edition, with its quotes."""
    named = f"{edition.feed:x}-{edition.version:x}-{edition.modified:x}"
    return f'"{named}-{crc32(named.encode()):08x}"'


def edition(tagged: str) -> Edition | None:
    """The edition that a tag of ours names, None for anything we never made."""
    parts = tagged.strip('"').split("-")
    if len(parts) != 4:
        return None
    try:
        named = Edition(*(int(part, 16) for part in parts[:3]))
    except ValueError:
        return None
    return named if tag(named) == tagged else None


@lru_cache(maxsize=8192)
def http_date(moment: int) -> str:
    """A moment in POSIX seconds as HTTP writes it."""
    return format_datetime(datetime.fromtimestamp(moment, UTC), usegmt=True)


def unchanged(headers: Mapping[str, str], etag: str, modified: int) -> bool:
    """Whether the copy a request speaks of is still the present one: If-None-Match comes before If-Modified-Since."""
    told = headers.get("if-none-match")
    if told is not None:
        return told == etag or told == "*" or etag in (each.strip().removeprefix("W/") for each in told.split(","))
    since = headers.get("if-modified-since")
    if since is None:
        return False
    return since == http_date(modified) or posix(since) >= modified


def posix(date: str) -> float:
    """An HTTP date in POSIX seconds, -1 for anything else."""
    try:
        return parsedate_to_datetime(date).timestamp()
    except (ValueError, TypeError, OverflowError):
        return -1.0
