# SPDX-License-Identifier: AGPL-3.0-or-later
"""Opening a SQLite database: made, refused when it must be, used by one relay at a time."""

import threading
from pathlib import Path

import pytest
from sqlalchemy import text

from relay.faults import Unusable
from relay.store.opening import only_one, open_store


def address(folder: Path) -> str:
    return f"sqlite:///{folder / 'piquet.db'}"


async def test_only_one_relay_works_on_a_database(tmp_path: Path) -> None:
    store, other = await open_store(address(tmp_path)), await open_store(address(tmp_path))
    with only_one(store), pytest.raises(Unusable, match="already runs"), only_one(other):
        pass
    with only_one(other):
        pass
    await store.aclose()
    await other.aclose()


@pytest.mark.parametrize(
    "elsewhere",
    [
        *("mysql://u:pass@somewhere/piquet", "piquet.db", "sqlite://", "sqlite:///:memory:", ""),
        *("postgresql://u:pass@somewhere", "postgresql://u:pass@somewhere:port/piquet"),
        *("postgresql+psycopg://u:pass@somewhere/piquet", "postgresql://u:p@ss:pass@somewhere:x/piquet"),
    ],
)
async def test_an_address_that_is_none_of_ours_is_said_in_one_sentence(elsewhere: str) -> None:
    """With both forms to write instead, and no password."""
    with pytest.raises(Unusable, match=r"write sqlite:///path.* or postgresql://user") as refusal:
        await open_store(elsewhere)
    assert "pass@" not in str(refusal.value)


@pytest.mark.parametrize("path", ["/proc/piquet.db", "{here}/notes.txt/piquet.db"])
async def test_a_place_that_cannot_be_written_is_said_in_one_sentence(tmp_path: Path, path: str) -> None:
    (tmp_path / "notes.txt").write_text("a file where a folder should be")
    with pytest.raises(Unusable, match="cannot be written"):
        await open_store("sqlite:///" + path.format(here=tmp_path))


async def test_a_file_that_is_no_database_is_said_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "piquet.db").write_text("these are my notes, not a database\n" * 50)
    with pytest.raises(Unusable, match="is no database"):
        await open_store(address(tmp_path))


@pytest.mark.parametrize("name", ["", "notes.txt/piquet.db"])
async def test_what_cannot_be_opened_starts_no_thread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """A folder, and a file in a file. The thread of a connection that failed would outlive the event loop."""
    (tmp_path / "notes.txt").write_text("these are my notes, not a database\n" * 50)
    started: list[threading.Thread] = []
    start = threading.Thread.start
    monkeypatch.setattr(threading.Thread, "start", lambda thread: [started.append(thread), start(thread)])
    with pytest.raises(Unusable):
        await open_store(f"sqlite:///{tmp_path / name}")
    assert [] == started


async def test_what_was_written_survives_and_is_synchronised_in_full(tmp_path: Path) -> None:
    store = await open_store(address(tmp_path))
    async with store.write() as tx:
        connection = await tx.connection()
        assert (await connection.execute(text("PRAGMA synchronous"))).scalar() == 2  # FULL
        assert (await connection.execute(text("PRAGMA journal_mode"))).scalar() == "wal"
    await store.aclose()


async def test_a_database_is_its_owners_alone(tmp_path: Path) -> None:
    """A strike that is still being planned is nobody else's business on this machine."""
    store = await open_store(f"sqlite:///{tmp_path}/home/piquet.db")
    async with store.write() as tx:
        await (await tx.connection()).execute(text("UPDATE alembic_version SET version_num = version_num"))
    rights = {path.name: path.stat().st_mode & 0o077 for path in (tmp_path / "home").iterdir()}
    await store.aclose()
    assert rights == dict.fromkeys(["piquet.db", "piquet.db-wal", "piquet.db-shm"], 0)
