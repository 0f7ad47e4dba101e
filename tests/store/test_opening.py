# SPDX-License-Identifier: AGPL-3.0-or-later
"""Opening the database: made, migrated, refused when it must be, used by one relay at a time."""

import sqlite3
import threading
from importlib.resources import files
from pathlib import Path

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect, text

from relay.faults import Unusable
from relay.store.opening import REVISION, only_one, open_store
from relay.store.schema import metadata


def address(folder: Path) -> str:
    return f"sqlite:///{folder / 'piquet.db'}"


async def test_the_migrated_schema_is_the_schema_of_the_code(tmp_path: Path) -> None:
    await (await open_store(address(tmp_path))).aclose()
    fresh = create_engine("sqlite://")
    metadata.create_all(fresh)
    migrated = create_engine(address(tmp_path))
    ours, theirs = inspect(fresh), inspect(migrated)
    assert set(ours.get_table_names()) == set(theirs.get_table_names()) - {"alembic_version"}
    for table in ours.get_table_names():
        expected = {(column["name"], str(column["type"]), column["nullable"]) for column in ours.get_columns(table)}
        found = {(column["name"], str(column["type"]), column["nullable"]) for column in theirs.get_columns(table)}
        assert expected == found
        assert named(ours.get_indexes(table)) == named(theirs.get_indexes(table))
        assert named(ours.get_unique_constraints(table)) == named(theirs.get_unique_constraints(table))


def named(parts: list) -> set[tuple[str, ...]]:  # type: ignore[type-arg]
    return {tuple(part["column_names"]) for part in parts}


def test_the_revision_in_the_code_is_the_newest_migration() -> None:
    config = Config()
    config.set_main_option("script_location", str(files("relay.store") / "migrations"))
    assert ScriptDirectory.from_config(config).get_current_head() == REVISION


async def test_a_database_from_a_newer_piquet_is_refused_untouched(tmp_path: Path) -> None:
    store = await open_store(address(tmp_path))
    async with store.write() as tx:
        await (await tx.connection()).execute(text("UPDATE alembic_version SET version_num = '9999'"))
    await store.aclose()
    with pytest.raises(Unusable, match="newer Piquet"):
        await open_store(address(tmp_path))
    assert sqlite3.connect(tmp_path / "piquet.db").execute("SELECT * FROM alembic_version").fetchall() == [("9999",)]


async def test_only_one_relay_works_on_a_database(tmp_path: Path) -> None:
    store, other = await open_store(address(tmp_path)), await open_store(address(tmp_path))
    with only_one(store), pytest.raises(Unusable, match="already runs"), only_one(other):
        pass
    with only_one(other):
        pass
    await store.aclose()
    await other.aclose()


@pytest.mark.parametrize("address", ["mysql://somewhere/piquet", "piquet.db", "sqlite://", "sqlite:///:memory:", ""])
async def test_an_address_that_is_no_file_of_ours_is_said_in_one_sentence(address: str) -> None:
    with pytest.raises(Unusable, match="write sqlite:///path"):
        await open_store(address)


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
