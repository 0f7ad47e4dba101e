# SPDX-License-Identifier: AGPL-3.0-or-later
"""PostgreSQL: what a session keeps to, and what is said when the server is not as it should be; never a password."""

import asyncio
import logging
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from postgres import PASSWORD, Cluster
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlmodel.ext.asyncio.session import AsyncSession

from relay.faults import Unusable
from relay.settings import Settings
from relay.store import postgres as server
from relay.store.database import Store
from relay.store.newsroom import Newsroom
from relay.store.opening import only_one, open_store

pytestmark = pytest.mark.parametrize("address", ["postgres"], indirect=True)


async def shown(tx: AsyncSession, *names: str) -> list[str]:
    return [str((await (await tx.connection()).execute(text(f"SHOW {name}"))).scalar()) for name in names]


def newsroom(slug: str, **changes: object) -> Newsroom:
    made_at = datetime(2026, 12, 17, tzinfo=UTC)
    return Newsroom(**{"slug": slug, "name": "Secrète", "zone": "Europe/Paris", "made_at": made_at, **changes})


async def run(store: Store, statement: str) -> None:
    async with store.write() as tx:
        await (await tx.connection()).execute(text(statement))


async def test_what_is_written_is_on_the_disk_once_it_is_committed(store: Store) -> None:
    """A claim that a power cut takes back would be said twice."""
    async with store.write() as tx:
        assert ["on", "read committed", "off"] == await shown(
            tx, "synchronous_commit", "transaction_isolation", "transaction_read_only"
        )


async def test_whoever_reads_sees_one_state_and_writes_nothing(store: Store) -> None:
    async with store.read() as tx:
        assert ["repeatable read", "on"] == await shown(tx, "transaction_isolation", "transaction_read_only")
        before = (await (await tx.connection()).execute(text("SELECT count(*) FROM newsroom"))).scalar()
        async with store.write() as other:
            other.add(newsroom("quotidien"))
        assert before == (await (await tx.connection()).execute(text("SELECT count(*) FROM newsroom"))).scalar()
        with pytest.raises(DBAPIError, match="read-only"):
            await (await tx.connection()).execute(text("DELETE FROM newsroom"))


async def test_a_session_that_does_not_wait_for_the_disk_is_refused(
    store: Store, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As behind a pooler that drops what we wish for."""
    await run(
        store,
        "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET synchronous_commit = off', current_database()); END $$",
    )
    monkeypatch.setattr(server, "_WRITES", {})
    lax = Store(address)
    with pytest.raises(Unusable, match="synchronous_commit is off"):
        await run(lax, "SELECT 1")
    await lax.aclose()


async def test_wishes_of_the_address_are_kept(address: str) -> None:
    store = Store(f"{address}?options=-c%20work_mem%3D5MB")
    async with store.write() as tx:
        assert ["5MB", "on"] == await shown(tx, "work_mem", "synchronous_commit")
    await store.aclose()


async def test_several_machines_may_work_on_it(store: Store, address: str) -> None:
    other = await open_store(address.replace("postgresql:", "postgres:"))
    with only_one(store), only_one(other):
        assert (True, None) == (other.shared, other.path)
    await other.aclose()


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda url: url.replace(PASSWORD, "wrong"), "refuses the user or the password"),
        (lambda url: url.replace(f":{PASSWORD}", ""), "refuses the user or the password"),
        (lambda url: url.replace("piquet:", "nobody:"), "refuses the user or the password"),
        (lambda url: url.rpartition("/")[0] + "/nowhere", "There is no database"),
        (lambda url: url.replace("127.0.0.1", "127.0.0.1:1").rpartition(":1")[0] + ":1/piquet", "cannot be reached"),
        (lambda url: url.replace("127.0.0.1", "nowhere.invalid"), "cannot be reached"),
        (lambda url: f"{url}?sslmode=require", "cannot be reached .*SSL"),
    ],
)
async def test_a_server_that_lets_nobody_in_is_told_in_one_sentence(
    address: str, change: Callable[[str], str], sentence: str
) -> None:
    with pytest.raises(Unusable, match=sentence) as told:
        await open_store(change(address))
    assert PASSWORD not in str(told.value)


@pytest.mark.parametrize(
    ("statement", "sentence"),
    [
        ("SELECT pg_terminate_backend(pg_backend_pid())", "went away"),
        ("SET LOCAL statement_timeout = 1; SELECT pg_sleep(1)", "is busy"),
        ("SET TRANSACTION READ ONLY; DELETE FROM newsroom", "takes no writing"),
        ("SET LOCAL ROLE pg_monitor; DELETE FROM newsroom", "may not do this"),
        ("DO $$ BEGIN RAISE SQLSTATE '53100'; END $$", "is full"),
        ("DO $$ BEGIN RAISE SQLSTATE '53300'; END $$", "no connection left"),
        ("DO $$ BEGIN RAISE SQLSTATE '40P01'; END $$", "is busy"),
    ],
)
async def test_what_goes_wrong_in_a_transaction_is_told_in_one_sentence(
    store: Store, statement: str, sentence: str
) -> None:
    """And the store goes on as soon as the server does."""
    with pytest.raises(Unusable, match=sentence):
        await run(store, statement)
    await run(store, "SELECT 1")


async def test_whoever_waits_too_long_for_a_lock_hears_that_the_database_is_busy(
    store: Store, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "_SESSION", {"lock_timeout": "50ms"})
    hasty = Store(address)
    async with store.write() as tx:
        await (await tx.connection()).execute(text("LOCK TABLE newsroom"))
        with pytest.raises(Unusable, match="is busy"):
            await run(hasty, "DELETE FROM newsroom")
    await hasty.aclose()


async def test_when_all_connections_are_taken_the_database_is_busy(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "_WRITERS", 1)
    monkeypatch.setattr(server, "_WAIT_S", 0.05)
    small = Store(address)
    async with small.write() as tx:
        await tx.connection()
        with pytest.raises(Unusable, match="is busy"):
            await run(small, "SELECT 1")
    await small.aclose()


async def test_a_machine_that_froze_in_mid_transaction_holds_nobody_up(
    store: Store, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its own transaction is undone, and it is told so."""
    monkeypatch.setattr(server, "_SESSION", {"idle_in_transaction_session_timeout": "50ms"})
    frozen = Store(address)

    async def freeze() -> None:
        async with frozen.write() as tx:
            await (await tx.connection()).execute(text("LOCK TABLE newsroom"))
            async with asyncio.timeout(5):
                await run(store, "DELETE FROM newsroom")

    with pytest.raises(Unusable, match="went away"):
        await freeze()
    await frozen.aclose()


async def test_no_password_shows_anywhere(store: Store, address: str) -> None:
    settings = Settings(home=store.engine.url.host, database=address)  # type: ignore[arg-type]
    for each in (settings, store, store.place, store.engine, store.engine.url):
        assert PASSWORD not in f"{each!r} {each}"


async def test_an_error_quotes_no_row(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    """PostgreSQL does: “Failing row contains …”."""
    for wrong in ([newsroom("geheim"), newsroom("geheim")], [newsroom("geheim", zone=None)]):
        with pytest.raises(IntegrityError, match="violates") as refusal:
            async with store.write() as tx:
                tx.add_all(wrong)
        logging.getLogger().error("as a log has it", exc_info=refusal.value)
    assert "violates" in caplog.text
    assert "geheim" not in caplog.text


@pytest.fixture
def mortal() -> Iterator[Cluster]:
    """A server of one test alone, since it dies in it."""
    cluster = Cluster()
    cluster.start()
    yield cluster
    cluster.stop()


async def test_what_was_committed_survives_the_server_and_the_store_finds_it_again(
    mortal: Cluster, address: str
) -> None:
    store = await open_store(mortal.create())
    async with store.write() as tx:
        tx.add(newsroom("quotidien"))

    async def lose() -> None:
        async with store.write() as tx:
            tx.add(newsroom("lost"))
            await tx.flush()
            mortal.crash()

    with pytest.raises(Unusable, match="went away"):
        await lose()
    with pytest.raises(Unusable, match="cannot be reached"):
        await run(store, "SELECT 1")
    mortal.start()
    async with store.read() as tx:  # over a connection that died with the server
        slugs = (await (await tx.connection()).execute(text("SELECT slug FROM newsroom"))).scalars().all()
    assert ["quotidien"] == slugs
    await store.aclose()
