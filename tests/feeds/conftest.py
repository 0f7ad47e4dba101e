# SPDX-License-Identifier: AGPL-3.0-or-later
"""A server on loopback that answers as told, and a way out of the house that may reach it."""

import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime

import pytest
from aiohttp import web

from relay.clock import ManualClock
from relay.faults import NotAFeed
from relay.feeds.parse.parser import Parser
from relay.feeds.parse.reading import read
from relay.i18n import say
from relay.outside import Outside
from relay.outside.guard import Guard
from relay.outside.http import Door
from relay.terms import Document

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@pytest.fixture
async def outside() -> AsyncIterator[Outside]:
    """Reaches loopback and nothing else; the clock stands at noon on 2 March 2026."""
    guard = Guard(["127.0.0.0/8"])
    door = Door(guard, "Piquet test")
    yield Outside(ManualClock(NOW), door, guard, user_agent="Piquet/0 (+https://collective.example)")
    await door.aclose()


@pytest.fixture
async def serve() -> AsyncIterator[Callable[..., Awaitable[str]]]:
    """Starts a server whose every path is answered by the handler; returns its base address, without a slash."""
    runners: list[web.AppRunner] = []

    async def start(handler: Handler, tls: ssl.SSLContext | None = None) -> str:
        app = web.Application()
        app.router.add_route("GET", "/{path:.*}", handler)
        runner = web.AppRunner(app, shutdown_timeout=0)
        await runner.setup()
        runners.append(runner)
        await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls).start()
        return f"{'https' if tls else 'http'}://127.0.0.1:{runner.addresses[0][1]}"

    yield start
    for runner in runners:
        await runner.cleanup()


@pytest.fixture
async def parser() -> AsyncIterator[Parser]:
    """A parser with its box."""
    boxed = Parser()
    yield boxed
    await boxed.aclose()


class Unboxed:
    """Reads here and now, for tests whose documents are harmless: a box takes a while to start."""

    async def parse(self, body: bytes, content_type: str, address: str) -> Document:
        document = read(body, content_type, address)
        if document is None:
            raise NotAFeed(say("no feed"))
        return document


@pytest.fixture
def unboxed() -> Unboxed:
    return Unboxed()
