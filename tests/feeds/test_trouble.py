# SPDX-License-Identifier: AGPL-3.0-or-later
"""How late looks are, what an emptied feed counts as, and who is read apart."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest

from relay.feeds.http.answers import Fetched, Memory
from relay.feeds.look import Look, read
from relay.feeds.parse.parser import Parser
from relay.feeds.remember import Times, changes
from relay.feeds.trouble import lateness
from relay.store.feed import Feed
from relay.store.looks import Due, known
from relay.terms import Document, Entry, Reading

NOW = datetime(2026, 12, 17, 12, tzinfo=UTC)
OLD, NEW = Memory('"old"', "", b"old"), Memory('"new"', "", b"new")


def feed(late: float = 0, interval: float | None = 60, **changes: Any) -> Feed:
    """Due ``late`` seconds ago, ``interval`` after its last look."""
    due = NOW - timedelta(seconds=late)
    looked = None if interval is None else due - timedelta(seconds=interval)
    values = {"id": 1, "newsroom_id": 1, "address": "https://journal.example/feed", "lane": "", **changes}
    return Feed(looked_at=looked, next_look_at=due, **values)


@pytest.mark.parametrize(
    ("feeds", "expected"),
    [
        ([], 0),
        ([feed(-30), feed(59)], 0),
        ([feed(61)], 61),
        ([feed(44, 1)], 0),  # nothing is looked at more often than that
        ([feed(46, None)], 46),
        ([feed(301, 6 * 3600)], 301),  # whatever its interval, it is due
        ([feed(299, 6 * 3600), feed(70)], 70),
        ([feed(999, off_at=NOW), feed(70)], 70),
    ],
)
def test_how_late_looks_are(feeds: list[Feed], expected: float) -> None:
    """By the feed that waits longest, once it has missed a whole interval."""
    assert expected == lateness(feeds, NOW).total_seconds()


def looked(due: Due, memory: Memory, reading: Reading | None) -> dict[str, Any]:
    """What a look now changes."""
    fetched = Fetched(due.address, memory, reading is None, b"" if reading is None else b"<rss/>")
    return changes(Look(due, NOW, fetched, reading), Times((), NOW, 45), random.Random(1))


def with_entries() -> Due:
    """A feed that is well and had two entries."""
    return known(
        feed(prints=b"8 bytes.and more", etag=OLD.etag, body_hash=OLD.body_hash, whole_at=NOW, baseline_at=NOW)
    )


def test_a_feed_that_has_lost_its_entries_fails_without_being_put_off() -> None:
    """What it had stays known, and so does the document that the next one is compared with."""
    empty = Reading(Document(()), b"")
    first = looked(with_entries(), NEW, empty)
    assert 1 == first["failures"]
    assert "has none now" in first["fault"]
    assert NOW == first["looked_at"]
    assert not {"prints", "etag", "body_hash"} & first.keys()
    assert first["next_look_at"] == looked(with_entries(), OLD, None)["next_look_at"]
    second = looked(with_entries()._replace(failures=1), NEW, empty)
    assert 2 == second["failures"]


@pytest.mark.parametrize("reading", [None, Reading(Document((Entry("1"),)), b"others..")])
def test_it_is_well_as_soon_as_it_has_entries_again(reading: Reading | None) -> None:
    """The old ones or others."""
    after = looked(with_entries()._replace(failures=3), OLD if reading is None else NEW, reading)
    assert (0, "") == (after["failures"], after["fault"])


@pytest.mark.parametrize("prints", [None, b""])
def test_a_feed_that_never_had_entries_is_well(prints: bytes | None) -> None:
    """A new section, a newsroom that has not begun."""
    assert "failures" not in looked(with_entries()._replace(prints=prints), NEW, Reading(Document(()), b""))


@pytest.mark.parametrize(("kills", "suspect"), [(0, False), (1, True), (3, True)])
async def test_a_feed_that_has_cost_a_box_is_read_with_its_like(kills: int, *, suspect: bool) -> None:
    asked = list[bool]()

    class Reader:
        async def read(self, *_: Any, suspect: bool) -> Reading:
            asked.append(suspect)
            return Reading(None, b"")

    await read(cast(Parser, Reader()), with_entries()._replace(kills=kills), b"", "", "")
    assert [suspect] == asked
