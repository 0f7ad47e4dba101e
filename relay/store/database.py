# SPDX-License-Identifier: AGPL-3.0-or-later
"""Opening the database: one writing connection, WAL and full synchronisation on SQLite; the schema brought up to date.

SQLite has one writer; a first-in first-out lock in front of it keeps waiting fair (https://sqlite.org/wal.html).
"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlmodel.ext.asyncio.session import AsyncSession

from relay.faults import Unusable
from relay.i18n import say

_BUSY_S = 5.0


class Store:
    """Sessions on the ledger at ``path``. ``write`` commits as one or not at all; ``read`` never writes."""

    def __init__(self, address: str) -> None:
        url = _url(address)
        self.path = Path(url.database or "")
        driver = url.set(drivername="sqlite+aiosqlite")
        self._writer = _engine(driver, writes=True)
        self._reader = _engine(driver, writes=False)
        self._turn = asyncio.Lock()

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncSession]:
        """A transaction that commits when the block ends well."""
        async with self._turn, AsyncSession(self._writer, expire_on_commit=False) as tx:
            try:
                yield tx
                await tx.commit()
            except DBAPIError as cause:
                raise explained(cause, self.path) from cause

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        """A session that sees one consistent state."""
        async with AsyncSession(self._reader, expire_on_commit=False) as tx:
            yield tx

    async def erase(self) -> bool:
        """Have what was just overwritten leave the disk: what SQLite still keeps of it lies in the write-ahead log.

        False where it stays a while, since something else reads the database.
        https://sqlite.org/pragma.html#pragma_secure_delete · https://sqlite.org/pragma.html#pragma_wal_checkpoint
        """
        async with self._turn, self._writer.connect() as connection:
            raw = (await connection.get_raw_connection()).driver_connection
            cursor = await raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # type: ignore[union-attr]  # aiosqlite's
            busy, *_ = await cursor.fetchone()
            return not busy

    @property
    def engine(self) -> AsyncEngine:
        """The writing engine, for migrations."""
        return self._writer

    async def aclose(self) -> None:
        """Close every connection."""
        await self._reader.dispose()
        await self._writer.dispose()


def _url(address: str) -> URL:
    try:
        url = make_url(address)
    except ArgumentError:
        url = None
    if url is None or url.drivername != "sqlite" or not url.database or url.database == ":memory:":
        raise Unusable(
            say("The database “{address}” cannot be used: write sqlite:///path/to/piquet.db.", address=address)
        )
    return url


def _engine(url: URL, *, writes: bool) -> AsyncEngine:
    engine = create_async_engine(
        url,
        pool_size=1 if writes else 4,
        connect_args={"timeout": _BUSY_S},
        hide_parameters=True,  # an error in a log must not show what a strike is going to say
    )

    @event.listens_for(engine.sync_engine, "connect")
    def prepare(connection: Any, _: Any) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves: sqlite3 would start a transaction too late
        cursor = connection.cursor()
        cursor.execute("PRAGMA foreign_keys=ON")
        if writes:
            cursor.execute("PRAGMA journal_mode=WAL")
            cursor.execute("PRAGMA synchronous=FULL")
            cursor.execute("PRAGMA secure_delete=ON")
        else:
            cursor.execute("PRAGMA query_only=ON")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def begin(connection: Any) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def explained(cause: DBAPIError | sqlite3.Error, path: Path | None) -> Exception:
    """A sentence for what a person can mend; anything else stays the database's own error."""
    text = str(cause.orig if isinstance(cause, DBAPIError) else cause)
    if "readonly" in text or "read-only" in text or "unable to open" in text:
        return Unusable(say("The database {path} cannot be written: check the folder’s permissions.", path=path))
    if "disk is full" in text or "disk I/O" in text:
        return Unusable(
            say("The disk of {path} is full or failing: make room, then start again; nothing is lost.", path=path)
        )
    if "not a database" in text:
        return Unusable(say("The file {path} is no database: name another one in the settings.", path=path))
    if "locked" in text:
        return Unusable(say("The database {path} is busy: try again in a moment.", path=path))
    return cause
