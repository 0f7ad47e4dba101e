# SPDX-License-Identifier: AGPL-3.0-or-later
"""The three HTTP libraries of the process all ask the guard about the address actually connected to."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator

import aiohttp
import httpx
import pytest
import requests
import trustme
from aiohttp import web

from relay.outside.guard import Guard
from relay.outside.guarded_httpx import transport
from relay.outside.guarded_requests import session
from relay.outside.http import Door

LOOPBACK = Guard(["127.0.0.0/8"])
HITS = web.AppKey("hits", list[str])


async def _hello(request: web.Request) -> web.Response:
    request.app[HITS].append(request.headers.get("Authorization", ""))
    return web.Response(text="hello")


async def _away(request: web.Request) -> web.Response:
    raise web.HTTPFound(f"http://127.0.0.2:{request.url.port}/")


async def _around(request: web.Request) -> web.Response:
    raise web.HTTPFound("/")


@pytest.fixture
async def served() -> AsyncIterator[tuple[str, list[str]]]:
    """A server's base address and the list of requests that reached it."""
    app = web.Application()
    app[HITS] = []
    app.add_routes([web.get("/", _hello), web.get("/away", _away), web.get("/around", _around)])
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    yield f"http://127.0.0.1:{port}", app[HITS]
    await runner.cleanup()


def _answer(*addresses: str) -> list[tuple[object, ...]]:
    return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, 80)) for each in addresses]


async def _by_aiohttp(guard: Guard, url: str, trust: ssl.SSLContext | None = None) -> str:
    door = Door(guard, "Piquet test", trust)
    try:
        async with door.session.get(url) as response:
            return await response.text()
    finally:
        await door.aclose()


async def _by_requests(guard: Guard, url: str) -> str:
    with session(guard) as guarded:
        return (await asyncio.to_thread(guarded.get, url, timeout=5)).text


async def _by_httpx(guard: Guard, url: str) -> str:
    async with httpx.AsyncClient(transport=transport(guard), trust_env=False) as client:
        return (await client.get(url)).text


EACH = pytest.mark.parametrize("get", [_by_aiohttp, _by_requests, _by_httpx])
REFUSED = (aiohttp.ClientConnectorError, requests.ConnectionError, httpx.ConnectError)


@EACH
async def test_an_allowed_network_is_reached(get, served) -> None:
    address, hits = served
    assert await get(LOOPBACK, address) == "hello"
    assert await get(LOOPBACK, address.replace("127.0.0.1", "localhost")) == "hello"
    assert len(hits) == 2


@EACH
@pytest.mark.parametrize("name", ["127.0.0.1", "localhost", "127.1", "0x7f000001", "2130706433", "[::ffff:127.0.0.1]"])
async def test_loopback_is_refused_under_every_name(get, served, name) -> None:
    address, hits = served
    with pytest.raises((*REFUSED, aiohttp.InvalidURL, requests.exceptions.InvalidURL)):
        await get(Guard(), address.replace("127.0.0.1", name))
    assert hits == []


@EACH
async def test_one_private_address_spoils_the_whole_answer(get, monkeypatch) -> None:
    """The public half of the answer is never tried either."""
    tried: list[object] = []
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: _answer("1.1.1.1", "10.0.0.1"))
    monkeypatch.setattr(socket.socket, "connect", lambda self, target: tried.append(target))
    with pytest.raises(REFUSED):
        await get(Guard(), "http://mixed.example/")
    assert tried == []


@EACH
async def test_a_name_that_does_not_exist_is_a_connection_error(get, monkeypatch) -> None:
    def unknown(*args: object, **kwargs: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(REFUSED):
        await get(Guard(), "http://nowhere.example/")


async def test_requests_leaves_a_redirect_to_another_host_alone(served) -> None:
    address, hits = served
    with session(LOOPBACK) as guarded:
        away = await asyncio.to_thread(guarded.get, f"{address}/away", timeout=5)
        around = await asyncio.to_thread(guarded.get, f"{address}/around", timeout=5)
    assert (away.status_code, around.status_code, len(hits)) == (302, 200, 1)


async def test_requests_and_httpx_ignore_the_proxy_of_the_environment(served, monkeypatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    address, hits = served
    for get in (_by_aiohttp, _by_requests, _by_httpx):
        assert await get(LOOPBACK, address) == "hello"
    assert len(hits) == 3


async def test_tls_keeps_the_name_though_the_address_is_pinned(monkeypatch, tmp_path) -> None:
    """A certificate for the name passes; the same server by its number does not."""
    issuer, server, client = (
        trustme.CA(),
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH),
        ssl.create_default_context(),
    )
    issuer.issue_cert("localhost").configure_cert(server)
    issuer.configure_trust(client)
    issuer.cert_pem.write_to_path(tmp_path / "ca.pem")
    monkeypatch.setattr("relay.outside.guarded_httpx._trust", lambda: client)
    app = web.Application()
    app[HITS] = []
    app.add_routes([web.get("/", _hello)])
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=server).start()
    port = runner.addresses[0][1]
    try:
        assert await _by_aiohttp(LOOPBACK, f"https://localhost:{port}/", client) == "hello"
        for name, trust in (("127.0.0.1", client), ("localhost", None)):
            with pytest.raises(aiohttp.ClientConnectorCertificateError):
                await _by_aiohttp(LOOPBACK, f"https://{name}:{port}/", trust)
        assert await _by_httpx(LOOPBACK, f"https://localhost:{port}/") == "hello"
        with pytest.raises(httpx.ConnectError):
            await _by_httpx(LOOPBACK, f"https://127.0.0.1:{port}/")
        with session(LOOPBACK) as guarded:
            guarded.verify = str(tmp_path / "ca.pem")
            assert (await asyncio.to_thread(guarded.get, f"https://localhost:{port}/", timeout=5)).text == "hello"
            with pytest.raises(requests.exceptions.SSLError):
                await asyncio.to_thread(guarded.get, f"https://127.0.0.1:{port}/", timeout=5)
    finally:
        await runner.cleanup()
