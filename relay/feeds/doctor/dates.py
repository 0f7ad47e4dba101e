# SPDX-License-Identifier: AGPL-3.0-or-later
"""What is wrong with the dates of a feed. Pure. Piquet never decides by them alone whether an article is new."""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from relay.feeds.doctor.findings import Finding, may, should, shown
from relay.feeds.doctor.source import Item
from relay.feeds.identity.keys import keys
from relay.i18n import say, say_n
from relay.terms import Entry

AHEAD = timedelta(hours=1)
QUIET = timedelta(days=30)
_FEW = 3  # dates that agree by chance
_ZONELESS = re.compile(r"(?<![\d+:-])\d{1,2}[:h]\d{2}(?::\d{2}(?:\.\d+)?)?$")


def dates(entries: Sequence[Entry], items: Sequence[Item], now: datetime) -> Iterator[Finding]:
    """Missing, unreadable, untrue, all the same, out of order, without a zone, old."""
    written = list(zip(entries, items, strict=True)) if len(entries) == len(items) else []
    yield from _undated(entries, written)
    known = [entry.published for entry in entries if entry.published]
    late = [entry for entry in entries if entry.published and entry.published > now + AHEAD]
    if late:
        yield should(
            "date-future",
            say_n(
                "{n} entry is dated in the future; it is announced as soon as it is seen.",
                "{n} entries are dated in the future; they are announced as soon as they are seen.",
                len(late),
            ),
            say("Put articles into the feed when they are out, dated then; check the server’s clock and time zone."),
            shown(late[0]),
        )
    yield from _doubtful(known, items)
    if known and max(known) < now - QUIET:
        yield should(
            "feed-old",
            say("The newest entry is more than a month old."),
            say("Check that this feed is still in use; the site may have another one."),
            f"{max(known):%Y-%m-%d}",
        )


def _undated(entries: Sequence[Entry], written: Sequence[tuple[Entry, Item]]) -> Iterator[Finding]:
    unread = [item.date for entry, item in written if item.date and entry.published is None]
    missing = sum(entry.published is None for entry in entries if keys(entry)) - len(unread)
    if missing > 0:
        yield should(
            "date-missing",
            say_n("{n} entry has no date.", "{n} entries have no date.", missing),
            say("Date each entry, with <pubDate> in RSS or <published> in Atom: it helps to know an article again."),
        )
    if unread:
        yield should(
            "date-unreadable",
            say_n(
                "{n} entry has a date that cannot be read.", "{n} entries have dates that cannot be read.", len(unread)
            ),
            say("Write dates like “Mon, 02 Mar 2026 10:30:00 +0100” in RSS, “2026-03-02T10:30:00+01:00” in Atom."),
            unread[0][:60],
        )


def _doubtful(known: Sequence[datetime], items: Sequence[Item]) -> Iterator[Finding]:
    if len(known) >= _FEW and len(set(known)) == 1:
        yield should(
            "date-equal",
            say("All entries carry the same date, so that nobody can tell how often articles appear."),
            say("Date each entry when its article came out, not when the feed was made."),
            f"{known[0]:%Y-%m-%d %H:%M} UTC",
        )
    if any(earlier < later for earlier, later in pairwise(known)):
        yield may(
            "date-order",
            say("The entries are not sorted newest first. Piquet does not mind; readers that read only the top do."),
            say("Sort the feed by date, newest on top, and do not pin articles there."),
        )
    zoneless = [item.date for item in items if _ZONELESS.search(item.date)]
    if zoneless:
        yield should(
            "date-zone",
            say("Dates name no time zone and are taken for UTC: articles look hours younger or older than they are."),
            say("End each date with its zone, such as +0100 in RSS or +01:00 in Atom."),
            zoneless[0][:60],
        )
