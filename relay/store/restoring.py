# SPDX-License-Identifier: AGPL-3.0-or-later
"""From a backup's file to the store that is used: in its place on SQLite, poured in on PostgreSQL."""

import asyncio
import os
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, closing, suppress
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncConnection

from relay.faults import Unusable
from relay.i18n import say
from relay.store.backup import backup, inspect, snapshot
from relay.store.opening import open_store
from relay.store.transfer import copy, empty, is_empty

Refuse = Callable[[AsyncConnection, str], Awaitable[None]]
_COMPANIONS = ("-wal", "-shm")


@asynccontextmanager
async def copied(file: Path, home: Path) -> AsyncIterator[Path]:
    """A private copy of a backup that was checked, to be migrated and marked; gone when the block ends.

    Raises Unusable if the backup is broken or the disk full.
    """
    await asyncio.to_thread(inspect, file)
    part = home / "piquet.restoring.db"
    try:
        await asyncio.to_thread(_copy, file, part)
        yield part
    finally:
        _remove(part)


def put_in_place(part: Path, path: Path, aside: str) -> Path | None:
    """Put ``part`` where the database at ``path`` was; returns where that is now, None if there was none."""
    new = path.with_name(f"{path.name}.new")
    _copy(part, new)
    before = path.with_name(f"{path.name}.{aside}") if path.exists() else None
    if before is not None:
        _gather(path)
        for end in ("", *_COMPANIONS):  # what could not be gathered stays together
            with suppress(FileNotFoundError):
                Path(f"{path}{end}").rename(f"{before}{end}")
    new.replace(path)
    return before


async def keep_aside(address: str, path: Path) -> Path | None:
    """A backup of what a server holds; None if it holds nothing."""
    store = await open_store(address)
    try:
        async with store.read() as tx:
            if await is_empty(await tx.connection()):
                return None
        await backup(store, path)
    finally:
        await store.aclose()
    return path


async def pour(part: Path, address: str, refuse: Refuse) -> None:
    """Replace all that a server holds by what is in ``part``, in one transaction. Raises what ``refuse`` raises."""
    source, target = await open_store(f"sqlite:///{part}"), await open_store(address)
    try:
        async with source.read() as given, target.write() as into:
            connection = await into.connection()
            await refuse(connection, target.place)
            await empty(connection)
            await copy(await given.connection(), connection)
    finally:
        await source.aclose()
        await target.aclose()


def _copy(file: Path, part: Path) -> None:
    try:
        _remove(part)
        part.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        snapshot(file, part)
    except (OSError, sqlite3.Error) as cause:
        _remove(part)
        why = getattr(cause, "strerror", None) or str(cause)
        raise Unusable(
            say(
                "{path} cannot be copied to {folder} ({why}): make room there, or mend its permissions.",
                path=file,
                folder=part.parent,
                why=why,
            )
        ) from cause


def _gather(path: Path) -> None:
    """Have SQLite write what lies beside the file into it; a broken one is left as it is."""
    with suppress(sqlite3.Error), closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA journal_mode=DELETE")


def _remove(path: Path) -> None:
    for end in ("", *_COMPANIONS):
        Path(f"{path}{end}").unlink(missing_ok=True)
