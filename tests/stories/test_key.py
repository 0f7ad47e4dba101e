# SPDX-License-Identifier: AGPL-3.0-or-later
"""The key that seals the accounts' tokens: made once, the same on every machine, and never replaced in silence."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from relay.clock import ManualClock
from relay.deliveries.farewell import forget
from relay.faults import Unusable
from relay.house import House, open_house
from relay.networks.port import Identity
from relay.settings import Settings
from relay.store.account import Account, of_newsroom
from relay.store.newsroom import Newsroom
from relay.terms import AccountState
from relay.testing.fake import FakePlatform

WHO, GIVEN = Identity("desk", "@desk", "https://fake.example/@desk"), {"handle": "desk", "token": "s3cret"}


@pytest.fixture
async def connected(settings: Settings, clock: ManualClock, platform: FakePlatform) -> Settings:
    """An instance with one account, closed again."""
    async with open_house(settings, clock=clock, networks={"fake": platform.network()}) as house:
        await newsroom(house)
        await connect(house, "desk")
    return settings


async def newsroom(house: House) -> None:
    async with house.store.write() as tx:
        tx.add(Newsroom(slug="echo", name="L’Écho", zone="Europe/Paris", made_at=house.outside.clock.now()))


async def connect(house: House, handle: str) -> Account:
    who = Identity(handle, f"@{handle}", f"https://fake.example/@{handle}")
    given = {"handle": handle, "token": f"secret-of-{handle}"}
    async with house.store.write() as tx:
        return await house.seats.save(1, tx, "fake", given, who, house.outside.clock.now())


async def accounts(house: House) -> list[Account]:
    async with house.store.read() as tx:
        return await of_newsroom(1, tx)


def elsewhere(settings: Settings) -> Settings:
    """The same instance on another machine, where the key was not copied to."""
    home = settings.home.with_name("elsewhere")
    return replace(settings, home=home, key_file=str(home / "piquet.key"))


@asynccontextmanager
async def two_machines(
    settings: Settings, clock: ManualClock, platform: FakePlatform
) -> AsyncIterator[tuple[House, House]]:
    """On one database with a newsroom and no account; neither has a key yet."""
    networks = {"fake": platform.network()}
    async with (
        open_house(settings, clock=clock, networks=networks) as here,
        open_house(elsewhere(settings), clock=clock, networks=networks) as there,
    ):
        await newsroom(here)
        yield here, there


async def test_a_relay_without_its_key_does_not_start_and_makes_no_other(connected: Settings) -> None:
    """Bringing the key back mends it; a new key would have made every account useless."""
    path = Path(connected.key_file)
    kept = path.read_bytes()
    path.unlink()
    async with open_house(connected) as house:
        with pytest.raises(Unusable, match="bring it back"):
            await house.run()
    assert not path.exists()
    path.write_bytes(kept)
    path.chmod(0o600)
    async with open_house(connected) as house:
        assert await house.drain("net/fake/fake.example") is None


async def test_a_machine_that_was_there_before_the_first_account_waits_for_its_key(
    settings: Settings, clock: ManualClock, platform: FakePlatform
) -> None:
    """It makes none of its own, pauses nobody, and leaves the work to those that have it until it is copied there."""
    async with two_machines(settings, clock, platform) as (here, there):
        await there.run_due()
        await connect(here, "desk")
        with pytest.raises(Unusable, match="copy it from the machine"):
            await there.drain("net/fake/fake.example")
        assert [AccountState.CONNECTED] == [row.state for row in await accounts(here)]
        key_file = Path(there.settings.key_file)
        assert not key_file.exists()
        key_file.parent.mkdir()
        Path(settings.key_file).rename(key_file)
        assert await there.drain("net/fake/fake.example") is None


async def test_two_machines_that_connect_at_once_end_with_one_key(
    settings: Settings, clock: ManualClock, platform: FakePlatform
) -> None:
    """The second is told where to copy it from, and keeps nothing that only it could open."""
    async with two_machines(settings, clock, platform) as (here, there):
        async with here.store.write() as tx:
            await here.seats.save(1, tx, "fake", GIVEN, WHO, clock.now())
            second = asyncio.create_task(connect(there, "union"))
            assert (set(), {second}) == await asyncio.wait([second], timeout=0.2)
        with pytest.raises(Unusable, match="copy it from the machine"):
            await second
        assert 1 == sum(Path(each.settings.key_file).exists() for each in (here, there))
        assert 1 == len(await accounts(here))


async def test_with_another_key_nothing_is_opened_and_nothing_is_sealed(
    connected: Settings, clock: ManualClock, platform: FakePlatform
) -> None:
    """Until the accounts are forgotten that nobody can open any more."""
    async with open_house(replace(connected, key=b"x" * 32), clock=clock) as house:
        for attempt in (house.run(), house.drain("feeds/x"), connect(house, "union")):
            with pytest.raises(Unusable, match="is not the one"):
                await attempt
        [row] = await accounts(house)
        assert AccountState.CONNECTED == row.state
        await forget(house.seats, house.store, row, clock.now())
        await connect(house, "union")
