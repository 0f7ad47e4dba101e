# SPDX-License-Identifier: AGPL-3.0-or-later
"""Procrastinate's tables: made once whoever comes first, made anew for another version, nobody else's touched."""

import asyncio

import psycopg
import pytest
from postgres import Cluster

from relay.engine.rings import Rings
from relay.engine.tables import SCHEMA
from relay.faults import Unusable


@pytest.fixture
def address(postgres: Cluster) -> str:
    return postgres.create()


async def opened(address: str) -> Rings:
    rings = Rings(address)
    await rings.open()
    await rings.shut()
    return rings


def ask(address: str, question: str) -> object:
    with psycopg.connect(address) as connection:
        found = connection.execute(question).fetchone()
        return found[0] if found else None


async def test_several_machines_may_start_at_once(address: str) -> None:
    await asyncio.gather(*(opened(address) for _ in range(6)))
    assert 0 == ask(address, f"SELECT count(*) FROM {SCHEMA}.procrastinate_jobs")


async def test_nothing_of_it_lies_beside_the_ledger(address: str) -> None:
    await opened(address)
    assert 0 == ask(address, "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace")


async def test_tables_of_another_version_are_made_anew(address: str) -> None:
    """They hold rings only, and those are rung again."""
    with psycopg.connect(address) as connection:
        connection.execute(f"CREATE SCHEMA {SCHEMA}")
        connection.execute(f"COMMENT ON SCHEMA {SCHEMA} IS 'Procrastinate 2.0.0'")
        connection.execute(f"CREATE TABLE {SCHEMA}.procrastinate_jobs (id int)")
    await opened(address)
    assert 0 == ask(address, f"SELECT count(status) FROM {SCHEMA}.procrastinate_jobs")


async def test_a_schema_that_is_not_ours_is_left_alone(address: str) -> None:
    with psycopg.connect(address) as connection:
        connection.execute(f"CREATE SCHEMA {SCHEMA}")
        connection.execute(f"CREATE TABLE {SCHEMA}.precious (id int)")
    with pytest.raises(Unusable, match=SCHEMA):
        await opened(address)
    assert 0 == ask(address, f"SELECT count(*) FROM {SCHEMA}.precious")


async def test_a_user_who_may_not_make_it_is_told(address: str) -> None:
    with psycopg.connect(address) as connection:
        connection.execute("DROP ROLE IF EXISTS guest")
        connection.execute("CREATE ROLE guest LOGIN PASSWORD 'guest'")
    with pytest.raises(Unusable, match="own the database"):
        await opened(address.replace("piquet:p1cket-l1ne@", "guest:guest@"))
