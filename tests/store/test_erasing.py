# SPDX-License-Identifier: AGPL-3.0-or-later
"""What was erased is nowhere on the disk: neither in the database's file nor in its write-ahead log."""

from pathlib import Path

import pytest
from desk import Desk

from relay.store import account as accounts
from relay.store import sqlite
from relay.store.columns import saved
from relay.store.database import Store
from relay.store.opening import open_store

pytestmark = pytest.mark.parametrize("address", ["sqlite"], indirect=True)


def on_disk(store: Store, secret: bytes) -> set[str]:
    """The files of the database that hold these bytes."""
    assert store.path is not None
    return {path.name for path in store.path.parent.glob(f"{store.path.name}*") if secret in path.read_bytes()}


async def sealed_anew(desk: Desk, number: int, sealed: bytes) -> None:
    async with desk.store.write() as tx:
        row = await accounts.find(desk.newsroom, tx, number)
        assert row is not None
        row.sealed = sealed
        tx.add(row)


async def test_no_byte_of_a_seal_is_left_on_the_disk(desk: Desk) -> None:
    """Neither of the last one nor of those that renewed sessions have replaced."""
    row = await desk.account()
    first, second = row.sealed, b"a renewed seal " * 20
    await sealed_anew(desk, saved(row.id), second)
    assert {"piquet.db-wal"} == on_disk(desk.store, first) | on_disk(desk.store, second)
    await sealed_anew(desk, saved(row.id), b"")
    assert await desk.store.erase()
    assert set() == on_disk(desk.store, first) | on_disk(desk.store, second)


async def test_a_seal_that_reached_the_database_file_is_wiped_there(desk: Desk) -> None:
    row = await desk.account()
    assert await desk.store.erase()
    assert {"piquet.db"} == on_disk(desk.store, row.sealed)
    await sealed_anew(desk, saved(row.id), b"")
    assert await desk.store.erase()
    assert set() == on_disk(desk.store, row.sealed)


async def test_while_somebody_reads_an_older_state_it_is_not_called_erased(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process may be in the middle of a look; afterwards it goes."""
    row = await desk.account()
    monkeypatch.setattr(sqlite, "_BUSY_S", 0.05)
    other = await open_store(f"sqlite:///{tmp_path / 'piquet.db'}")
    async with desk.store.read() as tx:
        assert await accounts.of_newsroom(desk.newsroom, tx)
        await sealed_anew(desk, saved(row.id), b"")
        erased = await other.erase()
    assert (False, True) == (erased, await other.erase())
    await other.aclose()
    assert set() == on_disk(desk.store, row.sealed)
