# SPDX-License-Identifier: AGPL-3.0-or-later
"""Whoever replaces or moves a store must be alone there: workers are known by their hearts."""

from collections.abc import Iterator

import psycopg
import pytest
from postgres import Cluster

from relay.engine.presence import refuse
from relay.engine.rings import Rings
from relay.faults import Unusable
from relay.store.database import Store


@pytest.fixture
def address(postgres: Cluster, migrated_database: str) -> Iterator[str]:
    made = postgres.create(migrated_database)
    yield made
    postgres.drop(made)


async def asked(store: Store) -> None:
    async with store.write() as tx:
        await refuse(await tx.connection(), store.place)


async def test_where_nobody_ever_worked_nobody_does(store: Store) -> None:
    await asked(store)


async def test_a_worker_whose_heart_beats_is_respected(store: Store, address: str) -> None:
    rings = Rings(address)
    await rings.open()
    await rings.jobs.register_worker()
    with pytest.raises(Unusable, match="wait ten seconds"):
        await asked(store)
    with psycopg.connect(address, autocommit=True) as database:
        age = "UPDATE piquet_engine.procrastinate_workers SET last_heartbeat = now() - interval '11 seconds'"
        database.execute(age)
    await asked(store)
    await rings.shut()
