# SPDX-License-Identifier: AGPL-3.0-or-later
"""Strikers who are told: a lookout over one newsroom, services that only pretend, and real ones on loopback."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from email.message import EmailMessage, Message
from email.parser import BytesParser
from email.policy import default
from typing import Any

import pytest
from aiohttp import web
from aiosmtpd.smtp import SMTP
from desk import KEYRING, LOOPBACK, Desk

from relay.alerts.channels import Channels
from relay.alerts.conditions import Room
from relay.alerts.dispatch import Dispatcher, Errand, Outcome
from relay.alerts.lookout import Lookout
from relay.store import alert

PLENTY = Room(free=500 << 30, total=1000 << 30)


@dataclass
class Services:
    """Takes every message, but for addresses that have a fault; ``taken`` remembers them in order."""

    taken: list[Errand] = field(default_factory=list)
    faults: dict[str, str] = field(default_factory=dict)
    tries: list[str] = field(default_factory=list)

    async def dispatch(self, errands: Sequence[Errand]) -> AsyncGenerator[Outcome, None]:
        for each in errands:
            fault = self.faults.get(each.address, "")
            if each.body:
                self.tries.append(each.address)
                self.taken += [] if fault else [each]
            yield Outcome(each.number, fault if each.body else "")

    def titles(self, address: str = "ntfy://strikers") -> list[str]:
        return [each.title for each in self.taken if each.address == address]

    def bodies(self, address: str = "ntfy://strikers") -> list[str]:
        return [each.body for each in self.taken if each.address == address]


@dataclass
class Strikers:
    """The lookout of a desk; ``room`` is what its disk has."""

    desk: Desk
    services: Services
    channels: Channels
    lookout: Lookout
    room: Room = PLENTY

    def restart(self) -> None:
        """What was in memory is forgotten."""
        self.lookout = Lookout(self.desk.store, self.desk.clock, self.channels, lambda: self.room, timedelta(hours=3))

    async def channel(self, address: str = "ntfy://strikers") -> None:
        await self.channels.add(self.desk.newsroom, address)

    async def wait(self, seconds: float, every: float = 20) -> None:
        """Time passes, and the lookout looks; ``every`` so many seconds where nothing happens in between."""
        for _ in range(round(seconds / every)):
            self.desk.clock.advance(seconds=every)
            await self.lookout.drain()

    async def alerts(self) -> list[alert.Alert]:
        async with self.desk.store.read() as tx:
            return await alert.standing(self.desk.newsroom, tx)


@pytest.fixture
def strikers(desk: Desk) -> Strikers:
    """Of a newsroom that writes in French, with no channel yet."""
    services = Services()
    channels = Channels(desk.store, desk.clock, KEYRING, services.dispatch)
    lookout = Lookout(desk.store, desk.clock, channels, lambda: made.room, timedelta(hours=3))
    made = Strikers(desk, services, channels, lookout)
    return made


@pytest.fixture
def dispatcher() -> Dispatcher:
    """The real thing, allowed to talk to loopback."""
    return Dispatcher("Piquet/test", LOOPBACK)


@dataclass
class Website:
    """Keeps what is posted to it as (path, headers, JSON); answers ``status``."""

    port: int = 0
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    posted: list[tuple[str, dict[str, str], Any]] = field(default_factory=list)

    async def answer(self, request: web.Request) -> web.Response:
        self.posted.append((request.path, dict(request.headers), await request.json()))
        return web.json_response({"id": "x"}, status=self.status, headers=self.headers)


@pytest.fixture
async def website() -> AsyncIterator[Website]:
    """An ntfy server and a webhook: both are a JSON document in a POST (https://docs.ntfy.sh/publish/#publish-as-json)."""
    made = Website()
    app = web.Application()
    app.router.add_post("/{path:.*}", made.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    made.port = runner.addresses[0][1]
    yield made
    await runner.cleanup()


class Postbox:
    """What a mail server took."""

    def __init__(self) -> None:
        self.letters: list[Message] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.letters.append(BytesParser(EmailMessage, policy=default).parsebytes(envelope.content))
        return "250 OK"


@pytest.fixture
async def postbox() -> AsyncIterator[tuple[Postbox, int]]:
    """A real SMTP server, and its port."""
    box = Postbox()
    server = await asyncio.get_running_loop().create_server(lambda: SMTP(box), "127.0.0.1", 0)
    yield box, server.sockets[0].getsockname()[1]
    server.close()
