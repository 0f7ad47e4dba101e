# SPDX-License-Identifier: AGPL-3.0-or-later
"""The store: SQLite for one machine, PostgreSQL for many, chosen by the address alone."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from sqlalchemy import URL, exc, make_url
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel.ext.asyncio.session import AsyncSession

from relay.clock import heed_cancellation
from relay.faults import Unusable
from relay.i18n import say
from relay.store.postgres import Postgres
from relay.store.sqlite import Sqlite


class Store:
    """Sessions on the ledger at an address. ``write`` commits as one or not at all; ``read`` never writes.

    Both raise Unusable where a person can mend what the database says.
    """

    def __init__(self, address: str) -> None:
        self._base = _base(address)

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncSession]:
        """A transaction that commits when the block ends well.

        On PostgreSQL others write at the same time, and each statement sees what they have committed: lock what must
        not change between two of them (``relay.store.locks``).
        """
        async with self._base.turn, AsyncSession(self._base.writer, expire_on_commit=False) as tx:
            try:
                yield tx
                await tx.commit()
            except (exc.DBAPIError, exc.TimeoutError) as cause:
                raise self.explained(cause) from cause

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        """A session that sees one consistent state."""
        async with AsyncSession(self._base.reader, expire_on_commit=False) as tx:
            try:
                yield tx
            except (exc.DBAPIError, exc.TimeoutError) as cause:
                raise self.explained(cause) from cause
        heed_cancellation()

    async def erase(self) -> bool:
        """Have what was just overwritten leave the disk.

        False where it stays a while: something else reads the SQLite database, or PostgreSQL's log still has it.
        """
        return await self._base.erase()

    def explained(self, cause: Exception) -> Exception:
        """A sentence for what a person can mend; anything else stays the database's own error."""
        return self._base.explained(cause)

    @property
    def path(self) -> Path | None:
        """The file, on SQLite."""
        return self._base.path

    @property
    def place(self) -> str:
        """Where everything is kept, as people may see it: without user and password."""
        return self._base.place

    @property
    def shared(self) -> bool:
        """Whether several machines may work on it."""
        return self._base.shared

    @property
    def engine(self) -> AsyncEngine:
        """The writing engine, for migrations."""
        return self._base.writer

    async def aclose(self) -> None:
        """Close every connection."""
        await self._base.reader.dispose()
        await self._base.writer.dispose()


def _base(address: str) -> Sqlite | Postgres:
    url = _url(address)
    if url is not None and url.drivername == "sqlite" and url.database not in (None, "", ":memory:"):
        return Sqlite(url)
    if url is not None and url.drivername in ("postgresql", "postgres") and url.database:
        return Postgres(url)
    shown = re.sub(r"//.*@", "//…@", address)  # a password may stand there
    raise Unusable(
        say(
            "The database “{address}” cannot be used: write sqlite:///path/to/piquet.db or "
            "postgresql://user:password@host/name.",
            address=shown,
        )
    )


def _url(address: str) -> URL | None:
    try:
        return make_url(address)
    except (exc.ArgumentError, ValueError):  # ValueError: a port that is no number
        return None
