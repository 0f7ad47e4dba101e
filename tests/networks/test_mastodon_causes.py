# SPDX-License-Identifier: AGPL-3.0-or-later
"""Mastodon.py has one class for refused, cut and timed out: the causes are told apart all the same."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
import requests
import trustme

from relay.faults import NetworkFault, Unreachable, Unsure
from relay.networks.mastodon import Mastodon
from relay.networks.mastodon_client import _never_left
from relay.testing.fake_stage import keep_nothing
from relay.testing.mastodon_stage import MastodonStage
from relay.testing.stage import fault_from, notice, willing

Answer = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def listening(answer: Answer, tls: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """The port of a bare server that does as ``answer`` does with each connection."""
    server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=tls)
    yield server.sockets[0].getsockname()[1]
    server.close()


async def publish_to(address: str) -> NetworkFault:
    stage = MastodonStage()
    network = Mastodon({"server": address, "token": "t0ken"}, stage.outside, keep_nothing)
    network.patience = 2.0
    try:
        return await fault_from(network.publish(notice(stage, "En grève"), "key", willing))
    finally:
        await network.aclose()


async def cut_in_the_body(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"id": "1", ')
    await writer.drain()
    writer.close()


async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.close()


async def test_an_answer_cut_in_its_body_is_unsure() -> None:
    async with listening(cut_in_the_body) as port:
        assert type(await publish_to(f"http://127.0.0.1:{port}")) is Unsure


async def test_a_connection_closed_at_once_is_unsure() -> None:
    """It was open when we wrote, so who knows what was read of it."""
    async with listening(hang_up) as port:
        assert type(await publish_to(f"http://127.0.0.1:{port}")) is Unsure


async def test_a_certificate_nobody_vouches_for_is_unreachable() -> None:
    """The handshake failed, so no request was sent."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(tls)
    async with listening(hang_up, tls) as port:
        assert type(await publish_to(f"https://127.0.0.1:{port}")) is Unreachable


async def test_a_server_without_tls_is_unreachable_by_https() -> None:
    async def plain(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await writer.drain()
        writer.close()

    async with listening(plain) as port:
        assert type(await publish_to(f"https://127.0.0.1:{port}")) is Unreachable


async def test_a_name_that_is_not_found_is_unreachable(monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", nowhere)
    assert type(await publish_to("https://mastodon.invalid")) is Unreachable


@pytest.mark.parametrize(
    ("cause", "expected"),
    [
        (requests.ConnectTimeout("connect"), True),
        (requests.ReadTimeout("read"), False),
        (requests.exceptions.ChunkedEncodingError("cut"), False),
        (requests.exceptions.InvalidHeader("a token with a line break"), True),
    ],
    ids=lambda value: type(value).__name__,
)
def test_only_what_failed_before_sending_never_left(cause: Exception, expected: bool) -> None:
    error = OSError("Could not complete request")
    error.__context__ = cause
    assert expected == _never_left(error)
