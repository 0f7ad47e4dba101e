# SPDX-License-Identifier: AGPL-3.0-or-later
"""SQLite without threads: aiosqlite's calls run on the seeded loop, each a step of its own, on a real file.

A killed process loses its connections uncommitted. A locked database is waited for in the loop's time, as SQLite would.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import aiosqlite
import compiled
from simulation.loop import LIFE, SeededLoop

BUSY = 5.0  # s, as the product's own time-out
AGAIN = 0.05
EFFECTS = {"execute", "executemany", "executescript", "commit", "rollback"}


class _Queue:
    """Stands for the queue to aiosqlite's thread: runs what changes nothing, at once."""

    def put_nowait(self, item: tuple[asyncio.Future[Any] | None, Callable[[], Any]]) -> None:
        future, function = item
        if future is not None:
            future.set_result(function())


class _Connection(aiosqlite.Connection):
    """aiosqlite's connection without its thread, a belonging of the process that opened it."""

    def __init__(self, connector: Callable[[], sqlite3.Connection]) -> None:
        super().__init__(connector, 64)
        self._thread = SimpleNamespace(start=lambda: None, daemon=True)
        self._tx = _Queue()

    async def _execute(self, function: Callable[..., Any], *given: Any, **named: Any) -> Any:
        if self._connection is None:
            raise ValueError("Connection closed")
        loop, name = asyncio.get_running_loop(), function.__name__
        assert isinstance(loop, SeededLoop)
        if name in EFFECTS and not loop.buried:
            await asyncio.sleep(0)
            loop.note(name)
        patience = loop.time() + BUSY
        while True:
            try:
                return function(*given, **named)
            except sqlite3.OperationalError as cause:
                if "locked" not in str(cause) or loop.time() >= patience:
                    raise
            await asyncio.sleep(AGAIN)

    def __del__(self) -> None:
        """Nothing to warn of: a killed process closes nothing."""


def _connect(database: str, **options: Any) -> _Connection:
    options["timeout"] = 0  # never wait in the thread: see _execute
    life = LIFE.get()

    def open_it() -> sqlite3.Connection:
        connection = sqlite3.connect(database, **options)
        if life is not None:
            life.belongings.append(partial(_drop, connection))
        return connection

    return _Connection(open_it)


def _drop(connection: sqlite3.Connection) -> None:
    """What the operating system does to a dead process's connection. Statements under way would keep it half open."""
    with suppress(sqlite3.ProgrammingError):  # the process had closed it
        connection.rollback()
        connection.close()


@contextmanager
def inline() -> Iterator[None]:
    """While this lasts, every SQLite connection made through aiosqlite is one of these."""
    with compiled.once(), patch("aiosqlite.connect", _connect):
        yield
