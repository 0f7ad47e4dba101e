# SPDX-License-Identifier: AGPL-3.0-or-later
"""Parts that every room's tests share: a clock that is moved, a fake network, a ledger on disk, a planned strike."""

import gc
import os
import random
import shutil
import warnings
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path

import compiled
import pytest
from desk import EIGHT, KEYRING, LOOPBACK, Desk
from postgres import Cluster
from postgres import missing as postgres_missing
from sqlalchemy import NullPool, create_engine

from relay.clock import ManualClock
from relay.deliveries.attempt import Patience
from relay.deliveries.courier import Courier
from relay.deliveries.edges import Edges
from relay.deliveries.seats import Seats
from relay.outside import Outside
from relay.outside.guard import Guard
from relay.outside.http import Door
from relay.store.columns import saved
from relay.store.database import Store
from relay.store.feed import Feed
from relay.store.migrate import upgrade
from relay.store.newsroom import Newsroom
from relay.store.opening import open_store
from relay.testing.fake import FakePlatform
from relay.testing.real_pds import RealPds, missing

PDS = Path(__file__).parent / "pds"
YOUNG = (20_000, 20, 50)  # objects, and rounds, between two looks for garbage


def pytest_collection_finish() -> None:
    """What is loaded by now stays: no garbage collection need walk through it, which was a fifth of the tests' time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*YOUNG)


@pytest.fixture(scope="session", autouse=True)
def compiled_once() -> Iterator[None]:
    """Half of what a short test asks of SQLAlchemy is to compile what the test before it has asked as well."""
    with compiled.once():
        yield


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(EIGHT)


@pytest.fixture
async def outside(clock: ManualClock) -> AsyncIterator[Outside]:
    guard = Guard(LOOPBACK)
    made = Outside(clock=clock, http=Door(guard, "Piquet tests"), guard=guard, rng=random.Random(17))
    yield made
    await made.http.aclose()


@pytest.fixture(params=["sqlite", "postgres"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Of a database without newsrooms: whoever asks for it runs once on each store."""
    if request.param == "sqlite":
        yield f"sqlite:///{shutil.copy(request.getfixturevalue('migrated_file'), tmp_path / 'piquet.db')}"
        return
    cluster: Cluster = request.getfixturevalue("postgres")
    made = cluster.create(request.getfixturevalue("migrated_database"))
    yield made
    cluster.drop(made)


@pytest.fixture
async def store(address: str) -> AsyncIterator[Store]:
    made = await open_store(address)
    yield made
    await made.aclose()


@pytest.fixture
def platform(clock: ManualClock) -> FakePlatform:
    return FakePlatform(clock)


@pytest.fixture
async def desk(store: Store, outside: Outside, platform: FakePlatform) -> AsyncIterator[Desk]:
    rung: list[str] = []
    seats = Seats(store, outside, {"fake": platform.network()}, KEYRING)
    courier = Courier(store, outside, seats.cards, seats.connect, Patience(30, 120))
    edges = Edges(store, outside.clock, timedelta(minutes=2), rung.extend)
    now = outside.clock.now()
    async with store.write() as tx:
        room = Newsroom(slug="quotidien", name="Le Quotidien", zone="Europe/Paris", language="fr", made_at=now)
        tx.add(room)
        await tx.flush()
        feed = Feed(newsroom_id=saved(room.id), address="https://journal.example/feed", lane="feed/x", next_look_at=now)
        tx.add(feed)
        await tx.flush()
    yield Desk(store, outside, platform, seats, courier, edges, saved(room.id), saved(feed.id), rung)
    await seats.aclose()


@pytest.fixture(scope="session")
def real_pds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealPds]:
    """The reference PDS, started once, on loopback, with a data folder of its own (tests/pds/install.py)."""
    _need("The reference PDS", missing(PDS))
    pds = RealPds(PDS, tmp_path_factory.mktemp("pds"))
    pds.start()
    yield pds
    pds.stop()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Cluster]:
    """A PostgreSQL server of this run's own, started when a test first asks for it."""
    _need("PostgreSQL", postgres_missing())
    cluster = Cluster()
    cluster.start()
    yield cluster
    cluster.stop()


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with the newest schema, to be copied: that is much faster than migrating another."""
    path = tmp_path_factory.mktemp("migrated") / "piquet.db"
    _migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def migrated_database(postgres: Cluster) -> str:
    """The name of one on the server."""
    made = postgres.create()
    _migrate(made.replace("postgresql:", "postgresql+psycopg:"))
    return made.rpartition("/")[2]


def _migrate(url: str) -> None:
    with create_engine(url, poolclass=NullPool).begin() as connection:
        upgrade(connection)


def _need(part: str, reason: str) -> None:
    """Where a real part is missing its tests are skipped with a warning, or fail if PIQUET_REQUIRE_REAL=1 is set."""
    if reason and os.environ.get("PIQUET_REQUIRE_REAL") == "1":
        pytest.fail(f"{part} was not tested: {reason}")
    if reason:
        warnings.warn(f"{part} was not tested: {reason}", stacklevel=1)
        pytest.skip(reason)
