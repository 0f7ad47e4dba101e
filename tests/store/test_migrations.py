# SPDX-License-Identifier: AGPL-3.0-or-later
"""Migrations: they lead to the schema of the code, lose nothing that is under way, and never go backwards."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from importlib.resources import files
from typing import Any

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData, NullPool, Table, create_engine, inspect, text
from sqlalchemy.types import JSON, Boolean, DateTime, Float, Integer, LargeBinary, TypeEngine

from relay.faults import Unusable
from relay.store.lanes import of_feed
from relay.store.migrate import upgrade
from relay.store.opening import REVISION, open_store
from relay.store.schema import metadata

IN_FLIGHT = ("pending", "sending", "unsure")
Described = dict[str, tuple[Any, ...]]


@contextmanager
def connected(address: str) -> Iterator[Connection]:
    """A plain connection, committed when the block ends."""
    engine = create_engine(address.replace("postgresql:", "postgresql+psycopg:"), poolclass=NullPool)
    with engine.begin() as connection:
        yield connection


def described(connection: Connection) -> Described:
    """Every table: its columns, keys, unique constraints and indexes."""
    seen = inspect(connection)
    return {
        table: (
            {(each["name"], str(each["type"]), each["nullable"], each["default"]) for each in seen.get_columns(table)},
            tuple(seen.get_pk_constraint(table)["constrained_columns"]),
            {(*each["constrained_columns"], each["referred_table"]) for each in seen.get_foreign_keys(table)},
            {tuple(each["column_names"]) for each in seen.get_unique_constraints(table)},
            {(each["name"], tuple(each["column_names"]), bool(each["unique"])) for each in seen.get_indexes(table)},
        )
        for table in sorted(set(seen.get_table_names()) - {"alembic_version"})
    }


async def test_the_migrated_schema_is_the_schema_of_the_code(new: str) -> None:
    """Columns, types, keys, unique constraints, indexes."""
    await (await open_store(new)).aclose()
    with connected(new) as connection:
        migrated = described(connection)
        everything = MetaData()
        everything.reflect(connection)
        everything.drop_all(connection)
        metadata.create_all(connection)
        fresh = described(connection)
    assert fresh == migrated


def test_the_revision_in_the_code_is_the_newest_migration() -> None:
    config = Config()
    config.set_main_option("script_location", str(files("relay.store") / "migrations"))
    assert ScriptDirectory.from_config(config).get_current_head() == REVISION


async def test_what_is_under_way_survives_an_upgrade_unchanged(new: str) -> None:
    """From the first revision: a delivery in each state of flight, and everything it stands on.

    But for the lanes of feeds: hosts now share them.
    """
    with connected(new) as connection:
        upgrade(connection, "0001")
        tables = furnish(connection)
        before = {table.name: rows(connection, table) for table in tables}
    await (await open_store(new)).aclose()
    with connected(new) as connection:
        after = {table.name: rows(connection, table) for table in tables}
    assert len(IN_FLIGHT) == len(before["delivery"])
    assert before == after


async def test_feeds_move_to_the_lane_that_their_host_shares(new: str) -> None:
    with connected(new) as connection:
        upgrade(connection, "0002")
        furnish(connection)
        was = {"address": "https://journal.example/rss", "lane": "feed/journal.example"}
        connection.execute(text("UPDATE feed SET address = :address, lane = :lane"), was)
    await (await open_store(new)).aclose()
    with connected(new) as connection:
        found = connection.execute(text("SELECT lane, host FROM feed")).all()
    assert [(of_feed("https://journal.example/"), "journal.example")] == [tuple(each) for each in found]


async def test_a_database_from_a_newer_piquet_is_refused_untouched(new: str) -> None:
    await (await open_store(new)).aclose()
    with connected(new) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        before = described(connection)
    with pytest.raises(Unusable, match="newer Piquet"):
        await open_store(new)
    with connected(new) as connection:
        assert "9999" == connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
        assert before == described(connection)


async def test_machines_that_start_at_once_on_a_new_database_do_not_collide(new: str) -> None:
    stores = await asyncio.gather(*(open_store(new) for _ in range(3)))
    for store in stores:
        await store.aclose()
    with connected(new) as connection:
        assert [REVISION] == list(connection.execute(text("SELECT version_num FROM alembic_version")).scalars())


def furnish(connection: Connection) -> list[Table]:
    """A row in every table of the schema as it stands, a delivery for each state of flight; returns the tables."""
    schema = MetaData()
    schema.reflect(connection)
    tables = [table for table in schema.sorted_tables if table.name != "alembic_version"]
    for table in tables:
        states = IN_FLIGHT if table.name == "delivery" else ("seen",)
        for number, state in enumerate(states, 1):
            connection.execute(table.insert(), row(table, number, state))
    return tables


def row(table: Table, number: int, state: str) -> dict[str, Any]:
    """Something in each column, what refers to others to their first; the row itself has this number and state."""
    given = {column.name: value(column.type, number) for column in table.columns}
    given |= {column.name: 1 for column in table.columns if column.foreign_keys}
    if table.name == "feed":
        given["lane"] = of_feed(given["address"])
    known = {"id": number, "state": state, "action": ("publish", "pin", "unpin")[number - 1]}
    return given | {name: what for name, what in known.items() if name in given}


VALUES: dict[type[TypeEngine[Any]], Callable[[int], Any]] = {
    JSON: lambda number: {"text": f"« Été » {number}"},
    Boolean: lambda number: True,
    DateTime: lambda number: datetime(2026, 12, 17, 9, 0, number, 123456),
    LargeBinary: lambda number: bytes([0, 255, number]),
    Integer: lambda number: number,
    Float: lambda number: number / 8,
}


def value(kind: TypeEngine[Any], number: int) -> Any:
    make = next((make for each, make in VALUES.items() if isinstance(kind, each)), lambda number: f"é{number}")
    return make(number)


def rows(connection: Connection, table: Table) -> list[Any]:
    """What stands in the columns that the table had when it was first seen."""
    return sorted(map(repr, connection.execute(table.select()).all()))
