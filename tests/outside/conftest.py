# SPDX-License-Identifier: AGPL-3.0-or-later
"""The pretended internet, with a bell on this machine that nobody may ring, and a relay that lives in it."""

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest
from desk import EIGHT
from outside.internet import Internet

from relay.clock import ManualClock
from relay.outside import Outside, guard
from relay.outside.guard import Guard
from relay.outside.http import Door


@pytest.fixture
async def internet(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Internet]:
    """With a public server, and a listener on each of this machine's addresses that nobody may reach."""
    made = Internet()
    web = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    bell = await asyncio.start_server(made.ring, "0.0.0.0", 0)
    made.port = bell.sockets[0].getsockname()[1]
    bell_six = await asyncio.start_server(made.ring, "::1", made.port)
    real_look_up, real_connect = socket.getaddrinfo, socket.socket.connect
    monkeypatch.setattr(socket, "getaddrinfo", made.found(real_look_up))
    monkeypatch.setattr(socket.socket, "connect", made.led(real_connect, web.sockets[0].getsockname()[1]))
    monkeypatch.setattr(guard, "PORTS", guard.PORTS | {made.port})  # so that the port alone saves nobody
    yield made
    for each in (web, bell, bell_six):
        each.close()


@pytest.fixture
async def strangers() -> AsyncIterator[Outside]:
    """The outside of an instance that talks to nobody on its own network."""
    guard = Guard()
    made = Outside(ManualClock(EIGHT), Door(guard, "Piquet tests"), guard)
    yield made
    await made.http.aclose()
