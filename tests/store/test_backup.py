# SPDX-License-Identifier: AGPL-3.0-or-later
"""A backup is whole, whatever is written meanwhile; it is its owner's alone; what is in the way is said."""

import asyncio
import os
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest
from desk import EIGHT, Desk, open_with_one_article

from relay.faults import Invalid, Unusable
from relay.store import backup as backups
from relay.store.backup import backup, inspect
from relay.store.newsroom import Newsroom


async def test_it_holds_every_row_in_one_file(desk: Desk, tmp_path: Path) -> None:
    await open_with_one_article(desk)
    await desk.work()
    folder = tmp_path / "kept"
    folder.mkdir()
    kept = await backup(desk.store, folder / "a.db")
    assert (1, 3) == (kept.counts["account"], kept.counts["notice"])
    assert kept == inspect(folder / "a.db")
    assert ["a.db"] == os.listdir(folder)
    assert 0o600 == stat.S_IMODE((folder / "a.db").stat().st_mode)


async def test_it_is_whole_whatever_is_written_meanwhile(desk: Desk, tmp_path: Path) -> None:
    """Every copy opens clean and holds what had been committed when it was begun."""

    async def write() -> None:
        for number in range(40):
            async with desk.store.write() as tx:
                tx.add(Newsroom(slug=f"n{number}", name="N", zone="Europe/Paris", made_at=EIGHT))

    writing = asyncio.create_task(write())
    counts = []
    while not writing.done():
        counts.append((await backup(desk.store, tmp_path / "a.db", force=True)).counts["newsroom"])
    await writing
    assert counts == sorted(counts)
    assert 41 == (await backup(desk.store, tmp_path / "a.db", force=True)).counts["newsroom"]


async def test_what_is_there_is_not_replaced_by_accident(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    path.write_text("mine")
    with pytest.raises(Invalid, match="--force"):
        await backup(desk.store, path)
    assert "mine" == path.read_text()
    await backup(desk.store, path, force=True)
    assert 1 == inspect(path).counts["newsroom"]


async def test_a_folder_that_is_not_there(desk: Desk, tmp_path: Path) -> None:
    with pytest.raises(Unusable, match="There is no folder"):
        await backup(desk.store, tmp_path / "nowhere" / "a.db")


@pytest.mark.parametrize(
    ("cause", "words"),
    [
        (OSError(28, "No space left on device"), "make room"),
        (sqlite3.OperationalError("database or disk is full"), "make room"),
        (PermissionError(13, "Permission denied"), "Permission denied"),
    ],
)
async def test_what_is_in_the_way_is_said_and_nothing_is_left_behind(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cause: Exception, words: str
) -> None:
    def full(*_: object) -> None:
        raise cause

    monkeypatch.setattr(backups, "inspect", full)
    folder = tmp_path / "kept"
    folder.mkdir()
    with pytest.raises(Unusable, match=words):
        await backup(desk.store, folder / "a.db")
    assert [] == os.listdir(folder)


async def test_a_copy_that_lost_a_row_takes_nobodys_place(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = backups.inspect

    def short(path: Path) -> backups.Kept:
        kept = whole(path)
        return backups.Kept(kept.revision, kept.counts | {"newsroom": 0})

    monkeypatch.setattr(backups, "inspect", short)
    with pytest.raises(Unusable, match="not what was copied"):
        await backup(desk.store, tmp_path / "a.db")
    assert not (tmp_path / "a.db").exists()


async def test_a_damaged_backup_is_refused(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    await backup(desk.store, path)
    body = bytearray(path.read_bytes())
    body[-4096:] = b"\xff" * 4096
    path.write_bytes(body)
    with pytest.raises(Unusable, match="damaged"):
        inspect(path)


@pytest.mark.parametrize("body", [b"", b"a letter to the editor" * 100])
def test_what_is_no_backup_is_refused(tmp_path: Path, body: bytes) -> None:
    path = tmp_path / "a.db"
    path.write_bytes(body)
    with pytest.raises(Unusable, match="no backup of Piquet"):
        inspect(path)


def test_a_database_of_somebody_else_is_refused(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "a.db")) as database:
        database.execute("CREATE TABLE song (title)")
    with pytest.raises(Unusable, match="no backup of Piquet"):
        inspect(tmp_path / "a.db")
