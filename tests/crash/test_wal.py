# SPDX-License-Identifier: AGPL-3.0-or-later
"""The write-ahead log cut at every frame and in the middle of every frame: what opens is whole, and a moment that was.

https://www.sqlite.org/fileformat2.html#the_write_ahead_log: a header of 32 bytes, then frames of 24 bytes and a page.
"""

import shutil
import sqlite3
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from sqlmodel import select

from relay.clock import RealClock
from relay.store.newsroom import Newsroom
from relay.store.opening import open_store

HEADER, FRAME = 32, 24 + 4096
COMMITS = 40


@pytest.fixture
async def torn(migrated_file: Path, tmp_path: Path) -> Path:
    """A database as a power cut leaves it: many commits, each with two rows that belong together, all in the log."""
    path = Path(shutil.copy(migrated_file, tmp_path / "before.db"))
    store = await open_store(f"sqlite:///{path}")
    now = RealClock().now()
    for number in range(1, COMMITS + 1):
        async with store.write() as tx:
            tx.add(Newsroom(slug=f"room-{number}", name=f"{number} " * 500, zone="Europe/Paris", made_at=now))
            await tx.flush()
            tx.add(Newsroom(slug=f"twin-{number}", name="twin", zone="Europe/Paris", made_at=now))
    copy = tmp_path / "torn.db"
    for end in ("", "-wal"):
        shutil.copy(f"{path}{end}", f"{copy}{end}")
    await store.aclose()
    return copy


def cuts(log: bytes) -> Iterator[int]:
    """Every boundary of a frame, and the middle between each two."""
    boundaries = [0, HEADER, *range(HEADER + FRAME, len(log) + 1, FRAME)]
    for first, second in pairwise(boundaries):
        yield first
        yield (first + second) // 2
    yield boundaries[-1]


def opened(torn: Path, log: bytes, place: Path) -> tuple[str, list[str]]:
    """What SQLite says of its health, and the rows, with the log as it is given."""
    shutil.copy(torn, place)
    Path(f"{place}-wal").write_bytes(log)
    with sqlite3.connect(place) as connection:
        (health,) = connection.execute("PRAGMA integrity_check").fetchone()
        rows = [slug for (slug,) in connection.execute("SELECT slug FROM newsroom ORDER BY id")]
    connection.close()
    return health, rows


async def test_a_log_cut_anywhere_opens_clean_at_a_commit(torn: Path, tmp_path: Path) -> None:
    """At least 180 cuts: never half a transaction, and the longer the log, the more of them."""
    log = Path(f"{torn}-wal").read_bytes()
    every = list(cuts(log))
    seen = []
    for number, cut in enumerate(every):
        health, rows = opened(torn, log[:cut], tmp_path / f"cut-{number}.db")
        whole = [slug for n in range(1, len(rows) // 2 + 1) for slug in (f"room-{n}", f"twin-{n}")]
        assert ("ok", whole) == (health, rows), f"cut at byte {cut} of {len(log)}"
        seen.append(len(rows))
    assert len(every) >= 180
    assert sorted(seen) == seen
    assert (0, 2 * COMMITS) == (seen[0], seen[-1])


async def test_a_log_that_was_cut_is_written_on(torn: Path, tmp_path: Path) -> None:
    """The relay opens it, and its next commit stays."""
    log = Path(f"{torn}-wal").read_bytes()
    place = tmp_path / "on.db"
    shutil.copy(torn, place)
    Path(f"{place}-wal").write_bytes(log[: len(log) // 2])
    store = await open_store(f"sqlite:///{place}")
    async with store.write() as tx:
        tx.add(Newsroom(slug="after", name="after", zone="Europe/Paris", made_at=RealClock().now()))
    async with store.read() as tx:
        assert "after" in (await tx.exec(select(Newsroom.slug))).all()
    await store.aclose()
