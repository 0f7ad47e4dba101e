# SPDX-License-Identifier: AGPL-3.0-or-later
"""The key that seals the accounts' tokens: made once, and never replaced in silence."""

from pathlib import Path

import pytest

from relay.clock import ManualClock
from relay.faults import Unusable
from relay.house import open_house
from relay.networks.port import Identity
from relay.settings import Settings
from relay.store.columns import saved
from relay.store.newsroom import Newsroom
from relay.testing.fake import FakePlatform

WHO = Identity("desk", "@desk", "https://fake.example/@desk")


@pytest.fixture
async def connected(settings: Settings, clock: ManualClock, platform: FakePlatform) -> Settings:
    """An instance with one account, closed again."""
    async with (
        open_house(settings, clock=clock, networks={"fake": platform.network()}) as house,
        house.store.write() as tx,
    ):
        room = Newsroom(slug="echo", name="L’Écho", zone="Europe/Paris", made_at=clock.now())
        tx.add(room)
        await tx.flush()
        given = {"handle": "desk", "token": "s3cret"}
        await house.seats.save(saved(room.id), tx, "fake", given, WHO, clock.now())
    return settings


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
