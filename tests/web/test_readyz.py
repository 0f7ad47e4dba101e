# SPDX-License-Identifier: AGPL-3.0-or-later
"""``/readyz`` says what keeps the relay from its work, each fault within 5 s and no longer than it lasts."""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from desk import EIGHT
from sqlalchemy import text

from relay.clock import ManualClock, RealClock
from relay.house import House
from relay.networks.port import Identity
from relay.store.columns import saved
from relay.store.feed import Feed
from relay.store.newsroom import Newsroom

Ask = Callable[[str], Awaitable[tuple[int, dict[str, Any]]]]
WELL = dict.fromkeys(("loop", "database", "schema", "key", "work", "feeds", "clock"), "ok")


async def becomes(ask: Ask, **words: str) -> None:
    """Within 5 s all is well but for ``words``."""
    expected = (503 if words else 200, WELL | words)
    async with asyncio.timeout(5):
        while await ask("/readyz") != expected:
            await RealClock().sleep(0.05)


@pytest.fixture
async def newsroom(house: House) -> int:
    await house.timekeeper.keep()
    async with house.store.write() as tx:
        room = Newsroom(slug="quotidien", name="Le Quotidien", zone="Europe/Paris", made_at=EIGHT)
        tx.add(room)
    return saved(room.id)


@pytest.mark.usefixtures("newsroom")
async def test_a_relay_that_can_work_is_ready(ask: Ask) -> None:
    """One word for each thing it stands on."""
    assert (200, WELL) == await ask("/readyz")


@pytest.mark.parametrize("address", ["sqlite"], indirect=True)
@pytest.mark.usefixtures("newsroom")
async def test_a_database_that_is_full_or_read_only(ask: Ask, house: House) -> None:
    """Found out by writing to it, not by asking."""
    async with house.store.engine.connect() as connection:
        raw: Any = (await connection.get_raw_connection()).driver_connection
    for statement, words in (("PRAGMA query_only=ON", {"database": "unwritable"}), ("PRAGMA query_only=OFF", {})):
        await raw.execute(statement)
        await becomes(ask, **words)


@pytest.mark.parametrize("address", ["sqlite"], indirect=True)
@pytest.mark.usefixtures("newsroom")
async def test_a_database_that_somebody_locks(ask: Ask, house: House) -> None:
    """The page does not wait for it."""
    with closing(sqlite3.connect(str(house.store.path), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        await becomes(ask, database="slow")
    await becomes(ask)


@pytest.mark.usefixtures("newsroom")
async def test_a_schema_of_another_version(ask: Ask, house: House) -> None:
    """Migrated under our feet."""
    async with house.store.read() as tx:
        ours = (await (await tx.connection()).execute(text("SELECT version_num FROM alembic_version"))).scalar()
    for revision, words in (("9999", {"schema": "foreign"}), (ours, {})):
        async with house.store.engine.begin() as connection:
            await connection.execute(text("UPDATE alembic_version SET version_num = :to"), {"to": revision})
        await becomes(ask, **words)


async def test_a_key_that_is_gone(ask: Ask, house: House, newsroom: int, tmp_path: Path) -> None:
    """Needed as soon as there is something to open."""
    key = tmp_path / "piquet.key"
    assert (False, "ok") == (key.exists(), (await ask("/readyz"))[1]["key"])
    async with house.store.write() as tx:
        who = Identity("desk", "@desk", "https://fake.example/@desk")
        await house.seats.save(newsroom, tx, "fake", {"handle": "desk", "token": "t"}, who, EIGHT)
    await becomes(ask)
    elsewhere = key.rename(tmp_path / "elsewhere")
    await becomes(ask, key="missing")
    elsewhere.rename(key)
    await becomes(ask)


@pytest.mark.usefixtures("newsroom")
async def test_an_engine_that_stands_still(ask: Ask, house: House) -> None:
    """It has missed three sweeps."""
    running = asyncio.create_task(_sweeping(house))
    await becomes(ask)
    running.cancel()
    await becomes(ask, work="late")
    running = asyncio.create_task(_sweeping(house))
    await becomes(ask)
    running.cancel()


async def _sweeping(house: House) -> None:
    sweep = house.rounds.sweeps(house._work)
    while True:
        await sweep()
        await RealClock().sleep(0.1)


@pytest.mark.usefixtures("newsroom")
async def test_pages_alone_look_for_a_relay_elsewhere(ask: Ask, house: House, clock: ManualClock) -> None:
    """It writes down that it did its rounds."""
    clock.advance(minutes=2)
    await becomes(ask, work="absent")
    await house.timekeeper.keep()
    await becomes(ask)


async def test_a_feed_that_nobody_looks_at(ask: Ask, house: House, newsroom: int) -> None:
    """For three of its own intervals."""
    for overdue, words in ((timedelta(minutes=14), {}), (timedelta(minutes=16), {"feeds": "late"}), (timedelta(), {})):
        due = EIGHT - overdue
        async with house.store.write() as tx:
            feed = await tx.get(Feed, 1) or Feed(
                newsroom_id=newsroom, address="https://journal.example/feed", lane="feed/x", next_look_at=due
            )
            feed.looked_at, feed.next_look_at = due - timedelta(minutes=5), due
            tx.add(feed)
        await becomes(ask, **words)


@pytest.mark.usefixtures("newsroom")
async def test_a_clock_that_was_set_back(ask: Ask, clock: ManualClock) -> None:
    """Until it is right again."""
    clock.step(minutes=-1)
    await becomes(ask, clock="held")
    clock.step(minutes=1)
    await becomes(ask)
