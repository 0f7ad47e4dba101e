# SPDX-License-Identifier: AGPL-3.0-or-later
"""Statements compiled once for all stores of a run: each makes an engine of its own, which would compile them again."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

from sqlalchemy import event
from sqlalchemy.dialects.postgresql.psycopg import PGDialectAsync_psycopg
from sqlalchemy.dialects.sqlite.aiosqlite import SQLiteDialect_aiosqlite
from sqlalchemy.engine import Connection, Engine

DIALECTS = (SQLiteDialect_aiosqlite, PGDialectAsync_psycopg)
_COMPILED: dict[Any, Any] = {}


@contextmanager
def once() -> Iterator[None]:
    """While this lasts, stores of a kind share what they compile; a dialect is part of its key."""

    def share(connection: Connection) -> None:
        if isinstance(connection.dialect, DIALECTS):
            connection.engine._compiled_cache = _COMPILED  # type: ignore[assignment]

    alike = {"__hash__": lambda self: hash(type(self)), "__eq__": lambda one, other: type(one) is type(other)}
    event.listen(Engine, "engine_connect", share)
    try:
        with ExitStack() as patched:
            for dialect in DIALECTS:
                patched.enter_context(patch.multiple(dialect, **alike))
            yield
    finally:
        event.remove(Engine, "engine_connect", share)
