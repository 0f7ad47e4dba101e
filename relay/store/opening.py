# SPDX-License-Identifier: AGPL-3.0-or-later
"""From an address to a store that is ready: folder made, schema up to date, only one relay at a time."""

import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from relay.faults import Unusable
from relay.i18n import say
from relay.store.database import Store

REVISION = "0003"  # Alembic's head; kept here so that an up-to-date database never pays for importing Alembic


async def open_store(address: str) -> Store:
    """The store at ``address``, made or migrated if need be.

    Raises Unusable with what to do where it cannot be used.
    """
    store = Store(address)
    try:
        await _make_ready(store)
    except BaseException:
        await store.aclose()
        raise
    return store


async def _make_ready(store: Store) -> None:
    try:
        if store.path is not None:
            _make_private(store.path)
            _try_out(store.path)
        if await _revision(store) != REVISION:
            await _upgrade(store)
    except (DBAPIError, sqlite3.Error) as cause:
        raise store.explained(cause) from cause
    except OSError as cause:
        raise Unusable(
            say("The folder of {path} cannot be written ({why}): choose another.", path=store.place, why=cause.strerror)
        ) from cause


def _make_private(path: Path) -> None:
    """The file of a strike that is still a secret is its owner's alone; SQLite gives its companions the same rights."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not path.exists():
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))


def _try_out(path: Path) -> None:
    """Let SQLite say here whether it can open the file: aiosqlite does not wait for the thread of a connection that
    could not be made, which then reports to an event loop that is gone.
    """
    sqlite3.connect(path).close()


async def _revision(store: Store) -> str:
    try:
        async with store.read() as tx:
            connection = await tx.connection()
            return str((await connection.execute(text("SELECT version_num FROM alembic_version"))).scalar())
    except (DBAPIError, Unusable):
        return ""  # no such table yet: the upgrade below tells a fresh database from a broken one


async def _upgrade(store: Store) -> None:
    from relay.store.migrate import upgrade  # noqa: PLC0415 - Alembic costs 0.2 s and is needed once a version

    async with store.engine.begin() as connection:
        await connection.run_sync(upgrade)


@contextmanager
def only_one(store: Store) -> Iterator[None]:
    """Hold the place of the one relay that works on this SQLite database; on PostgreSQL several may.

    Raises Unusable if another process holds it; the operating system frees the place when a process dies.
    """
    if store.shared:
        yield
        return
    path = Path(f"{store.path}.lock")
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as cause:
            raise Unusable(
                say(
                    "Another Piquet already runs on {path}: leave that one running, or stop it first. Several machines "
                    "at once need PostgreSQL as the database.",
                    path=store.place,
                )
            ) from cause
        yield
    finally:
        os.close(handle)
