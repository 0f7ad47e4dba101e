# SPDX-License-Identifier: AGPL-3.0-or-later
"""Everything moves from one kind of store to the other and back, and is the same."""

import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from desk import EIGHT, Desk, open_with_one_article
from postgres import Cluster
from sqlmodel import select, update

from relay.deliveries import audit
from relay.engine.presence import refuse
from relay.faults import Invalid, Unusable
from relay.store import moving
from relay.store.account import Account
from relay.store.database import Store
from relay.store.ledger import Delivery
from relay.store.moving import move
from relay.store.newsroom import Newsroom
from relay.store.opening import open_store
from relay.store.transfer import Tally, is_empty, tallies


@pytest.fixture
def elsewhere(
    address: str, tmp_path: Path, migrated_file: Path, postgres: Cluster, migrated_database: str
) -> Iterator[str]:
    """An empty database of the other kind."""
    if address.startswith("postgresql"):
        yield f"sqlite:///{shutil.copy(migrated_file, tmp_path / 'other.db')}"
        return
    made = postgres.create(migrated_database)
    yield made
    postgres.drop(made)


@pytest.fixture
async def target(elsewhere: str) -> AsyncIterator[Store]:
    made = await open_store(elsewhere)
    yield made
    await made.aclose()


async def tallied(store: Store) -> dict[str, Tally]:
    async with store.read() as tx:
        return await tallies(await tx.connection())


@pytest.fixture
async def busy(desk: Desk) -> Desk:
    """A ledger with something of everything, credentials and a frozen post among it."""
    await open_with_one_article(desk, "desk", "union")
    await desk.work()
    await desk.see("L’été, « 100 % » — 🪧")
    return desk


async def test_every_row_arrives_as_it_was(busy: Desk, target: Store) -> None:
    before = await tallied(busy.store)
    moved = await move(busy.store, target, refuse)
    assert {name: tally.count for name, tally in before.items()} == moved
    assert before == await tallied(target) == await tallied(busy.store)
    reports = [await audit.of_strike(store, 1, 1, busy.clock.now()) for store in (busy.store, target)]
    assert reports[0] == reports[1]


async def test_sealed_credentials_open_where_they_arrived(busy: Desk, target: Store) -> None:
    """They are bound to what their row is, and the row is the same."""
    await move(busy.store, target, refuse)
    async with target.read() as tx:
        account = (await tx.exec(select(Account))).first()
    assert account is not None
    network = await busy.seats.connect(account)
    assert "desk" == (await network.verify()).id


async def test_numbers_go_on_after_the_copied_ones(busy: Desk, target: Store) -> None:
    await move(busy.store, target, refuse)
    async with target.write() as tx:
        last = max((await tx.exec(select(Delivery.id))).all())
        row = Newsroom(slug="other", name="L’Autre", zone="Europe/Paris", made_at=EIGHT)
        tx.add(row)
        await tx.flush()
        assert 2 == row.id
        copied = (await tx.exec(select(Delivery).limit(1))).one().model_dump(exclude={"id"}) | {"account_id": 2}
        new = Delivery(**copied | {"notice_id": 2, "account_id": 1, "action": "sweep"})
        tx.add(new)
        await tx.flush()
        assert (last or 0) < (new.id or 0)


async def test_there_and_back_again(busy: Desk, target: Store, tmp_path: Path, migrated_file: Path) -> None:
    home = await open_store(f"sqlite:///{shutil.copy(migrated_file, tmp_path / 'home.db')}")
    await move(busy.store, target, refuse)
    await move(target, home, refuse)
    assert await tallied(busy.store) == await tallied(home)
    await home.aclose()


async def test_a_database_with_something_in_it_is_left_alone(busy: Desk, target: Store) -> None:
    await move(busy.store, target, refuse)
    before = await tallied(target)
    with pytest.raises(Invalid, match="not empty"):
        await move(busy.store, target, refuse)
    with pytest.raises(Invalid, match="already"):
        await move(target, target, refuse)
    assert before == await tallied(target)


async def test_what_arrives_changed_is_not_kept(busy: Desk, target: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A copy that loses something on the way is noticed by its digest, and undone."""
    whole = moving.copy

    async def careless(given: object, taken: object) -> None:
        await whole(given, taken)  # type: ignore[arg-type]
        await taken.execute(update(Account).values(handle="somebody else"))  # type: ignore[attr-defined]

    monkeypatch.setattr(moving, "copy", careless)
    with pytest.raises(Unusable, match="account"):
        await move(busy.store, target, refuse)
    async with target.read() as tx:
        assert await is_empty(await tx.connection())


async def test_a_digest_tells_one_changed_value(busy: Desk) -> None:
    before = await tallied(busy.store)
    async with busy.store.write() as tx:
        await tx.exec(update(Delivery).where(Delivery.id == 1).values(reason="otherwise"))
    after = await tallied(busy.store)
    assert ["delivery"] == [name for name in before if before[name] != after[name]]
