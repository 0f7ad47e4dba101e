# SPDX-License-Identifier: AGPL-3.0-or-later
"""Copy everything from one store to another, of either kind, and compare the two.

Rows travel as values of their columns' types, so that both stores hold the same. The engine's own tables stay behind:
they hold nothing but rings.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import Any

from sqlalchemy import Row, Table, func, insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from relay.store.instance import Instance
from relay.store.postgres import NAME
from relay.store.schema import metadata

_BATCH = 500
_ROOM = 1 << 128
_PATIENT = ("statement_timeout", "idle_in_transaction_session_timeout")
_ABOUT_ITSELF = Instance.__tablename__


@dataclass(frozen=True)
class Tally:
    """How many rows a table has, and a digest of them all, whatever their order."""

    count: int
    digest: int = 0


def tables() -> list[Table]:
    """Every table of the ledger, those that others refer to first."""
    return metadata.sorted_tables


async def stand_still(source: AsyncConnection) -> None:
    """Have a transaction that has not read anything yet see one state until it ends; on SQLite it does anyway."""
    if source.dialect.name == "postgresql":
        await source.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))


async def copy(source: AsyncConnection, target: AsyncConnection) -> None:
    """Copy every row; the numbers that the target gives from now on go on after the copied ones."""
    await _be_patient(source)
    await _be_patient(target)
    for table in tables():
        result = await source.stream(select(table))
        async for part in result.partitions(_BATCH):
            await target.execute(insert(table), [dict(row._mapping) for row in part])
        await _go_on_after(target, table)


async def empty(target: AsyncConnection) -> None:
    """Take every row out."""
    for table in reversed(tables()):
        await target.execute(table.delete())


async def is_empty(target: AsyncConnection) -> bool:
    """Whether nothing is kept there yet but what an instance knows of itself."""
    found = await counts(target)
    return not any(count for name, count in found.items() if name != _ABOUT_ITSELF)


async def counts(connection: AsyncConnection) -> dict[str, int]:
    """The rows of each table."""
    found = {}
    for table in tables():
        found[table.name] = int((await connection.execute(select(func.count()).select_from(table))).scalar_one())
    return found


async def tallies(connection: AsyncConnection) -> dict[str, Tally]:
    """The rows of each table, counted and digested."""
    return {table.name: await _tally(connection, table) for table in tables()}


async def _tally(connection: AsyncConnection, table: Table) -> Tally:
    count = total = 0
    result = await connection.stream(select(*sorted(table.columns, key=lambda column: column.name)))
    async for part in result.partitions(_BATCH):
        count += len(part)
        total = (total + sum(map(_digest, part))) % _ROOM  # a sum: the stores sort words each in their own way
    return Tally(count, total)


def _digest(row: Row[Any]) -> int:
    written = json.dumps([_plain(value) for value in row], sort_keys=True, ensure_ascii=False)
    return int.from_bytes(blake2b(written.encode("utf-8", "surrogatepass"), digest_size=16).digest(), "big")


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    return value.hex() if isinstance(value, bytes) else value


async def _go_on_after(target: AsyncConnection, table: Table) -> None:
    """PostgreSQL gives numbers from a sequence, which knows nothing of rows that brought their own."""
    if target.dialect.name != "postgresql" or "id" not in table.columns:
        return
    last = (await target.execute(select(func.max(table.columns["id"])))).scalar()
    if last is not None:
        sequence = text("SELECT setval(pg_get_serial_sequence(:name, 'id'), :last)")
        await target.execute(sequence, {"name": f'"{table.name}"', "last": last})


async def _be_patient(connection: AsyncConnection) -> None:
    """A copy may take longer than anything a relay does, and is silent on one side while it waits for the other: under
    a name of its own it is not taken for a machine that froze (``relay.engine.rings``).
    """
    if connection.dialect.name == "postgresql":
        await connection.execute(text(f"SET LOCAL application_name = '{NAME} copy'"))
        for name in _PATIENT:
            await connection.execute(text(f"SET LOCAL {name} = 0"))
