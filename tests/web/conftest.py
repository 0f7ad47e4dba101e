# SPDX-License-Identifier: AGPL-3.0-or-later
"""A house whose pages are served on loopback, and somebody who asks for them."""

import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from desk import LOOPBACK

from relay.clock import ManualClock
from relay.house import House, open_house
from relay.settings import Settings
from relay.testing.fake import FakePlatform
from relay.web import health
from relay.web.watchman import watchman

Page = tuple[int, dict[str, Any]]
Ask = Callable[[str], Awaitable[Page]]


@pytest.fixture
def port() -> int:
    """One that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        found: int = probe.getsockname()[1]
        return found


@pytest.fixture
async def house(
    tmp_path: Path, address: str, clock: ManualClock, platform: FakePlatform, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[House]:
    """Nobody works in it yet; every question is answered anew."""
    monkeypatch.setattr(health, "FRESH", -1.0)
    settings = Settings(tmp_path, database=address, key_file=str(tmp_path / "piquet.key"), allow_networks=LOOPBACK)
    async with open_house(settings, clock=clock, networks={"fake": platform.network()}, sweep=0.1) as made:
        yield made


@pytest.fixture
async def ask(house: House, port: int) -> AsyncIterator[Ask]:
    """Status and words of a page."""
    async with watchman(house.health, port) as served, aiohttp.ClientSession(f"http://127.0.0.1:{port}") as session:
        assert served

        async def get(page: str) -> Page:
            async with session.get(page) as answer:
                return answer.status, json.loads(await answer.text())

        yield get
