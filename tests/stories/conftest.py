# SPDX-License-Identifier: AGPL-3.0-or-later
"""A whole house on a clock that is moved: a real feed over HTTP, a fake network, a strike from nine to seven."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest
from desk import LOOPBACK
from world import World

from relay.clock import ManualClock
from relay.house import open_house
from relay.networks.port import Identity
from relay.settings import Settings
from relay.square.press import Press
from relay.store.columns import saved
from relay.store.newsroom import Newsroom
from relay.testing.fake import FakePlatform


@pytest.fixture
def settings(tmp_path: Path, address: str) -> Settings:
    home = tmp_path / "home"
    return Settings(home=home, database=address, key_file=str(home / "piquet.key"), allow_networks=LOOPBACK)


@asynccontextmanager
async def opened(
    clock: ManualClock, platform: FakePlatform, settings: Settings, networks: Mapping[str, type] | None
) -> AsyncIterator[World]:
    """A newsroom with a feed of one old article, and no account yet."""
    async with AsyncExitStack() as stack:
        press = Press(clock)
        await press.start()
        stack.push_async_callback(press.stop)
        press.publish("Hier")
        house = await stack.enter_async_context(open_house(settings, clock=clock, networks=networks))
        async with house.store.write() as tx:
            room = Newsroom(slug="quotidien", name="Le Quotidien", zone="Europe/Paris", made_at=clock.now())
            tx.add(room)
        made = World(house, clock, press, platform, saved(room.id))
        await house.watch.subscribe(made.newsroom, press.feed)
        yield made


@pytest.fixture
async def bare_world(clock: ManualClock, platform: FakePlatform, settings: Settings) -> AsyncIterator[World]:
    """With the networks that are installed."""
    async with opened(clock, platform, settings, None) as made:
        yield made


@pytest.fixture
async def world(clock: ManualClock, platform: FakePlatform, settings: Settings) -> AsyncIterator[World]:
    """With two accounts on a fake network."""
    async with opened(clock, platform, settings, {"fake": platform.network()}) as made:
        for handle in ("desk", "union"):
            given = {"handle": handle, "token": f"secret-of-{handle}"}
            who = Identity(handle, f"@{handle}", f"https://fake.example/@{handle}")
            async with made.house.store.write() as tx:
                row = await made.house.seats.save(made.newsroom, tx, "fake", given, who, clock.now())
            made.accounts.append(row)
        yield made
