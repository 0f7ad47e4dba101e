# SPDX-License-Identifier: AGPL-3.0-or-later
"""SQLite: one file, one writing connection, WAL and full synchronisation.

SQLite has one writer; a first-in first-out lock in front of it keeps waiting fair (https://sqlite.org/wal.html).
"""

import asyncio
from contextlib import suppress
from pathlib import Path
from typing import Any

from sqlalchemy import URL, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from relay.faults import Unusable
from relay.i18n import say
from relay.store.legible import keep_legible

_BUSY_S = 5.0


class Sqlite:
    """The connections to the database in the file at ``path``. Whoever writes holds ``turn``."""

    shared = False

    def __init__(self, url: URL) -> None:
        self.path = Path(url.database or "")
        self.place = str(self.path)
        driver = url.set(drivername="sqlite+aiosqlite")
        self.writer = _engine(driver, writes=True)
        self.reader = _engine(driver, writes=False)
        self.turn = asyncio.Lock()

    async def erase(self) -> bool:
        """What SQLite still keeps of an overwritten value lies in the write-ahead log: empty it.

        https://sqlite.org/pragma.html#pragma_secure_delete · https://sqlite.org/pragma.html#pragma_wal_checkpoint
        """
        async with self.turn, self.writer.connect() as connection:
            raw = (await connection.get_raw_connection()).driver_connection
            cursor = await raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # type: ignore[union-attr]  # aiosqlite's
            busy, *_ = await cursor.fetchone()
            return not busy

    def explained(self, cause: Exception) -> Exception:
        """A sentence for what a person can mend; anything else stays the database's own error."""
        text, path = str(cause.orig if isinstance(cause, DBAPIError) else cause), self.place
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


def _engine(url: URL, *, writes: bool) -> AsyncEngine:
    engine = create_async_engine(
        url,
        pool_size=14,
        max_overflow=0,  # opening a connection costs a thread and some statements: none is closed again
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

    event.listen(engine.sync_engine.pool, "invalidate", _roll_back)
    keep_legible(engine)
    return engine


def _roll_back(connection: Any, _: Any, __: Any) -> None:
    """Give the file free when a transaction was cancelled in its middle.

    SQLite closes a connection only once its last statement is gone, which the cancellation itself may still hold; until
    then its lock would stand (https://sqlite.org/c3ref/close.html).
    """
    with suppress(Exception):  # it is given up in any case
        connection.rollback()
