# SPDX-License-Identifier: AGPL-3.0-or-later
"""One look over HTTP, against a server on loopback that does what servers do."""

import asyncio
import gzip
import hashlib
import socket
import ssl
from collections.abc import Callable

import pytest
import trustme
from aiohttp import web

from relay.faults import FeedRefused, FeedUnreachable, Invalid, NotAFeed
from relay.feeds.http.answers import Limits, Memory
from relay.feeds.http.fetch import fetch
from relay.outside import Outside

BODY = b"<rss version='2.0'><channel/></rss>"


def answering(response: Callable[[], web.Response], asked: list[web.Request] | None = None):
    async def handle(request: web.Request) -> web.Response:
        if asked is not None:
            asked.append(request)
        return response()

    return handle


async def test_a_first_look_brings_the_body_and_what_to_remember(outside, serve) -> None:
    asked: list[web.Request] = []
    headers = {
        "ETag": 'W/"a\'b"',
        "Last-Modified": "Mon, 2 Mar 2026 9:00:00 GMT",
        "Cache-Control": "max-age=90",
        "Age": "30",
    }
    address = await serve(answering(lambda: web.Response(body=BODY, headers=headers, content_type="text/xml"), asked))
    fetched = await fetch(outside, f"{address}/feed#top")
    assert (fetched.address, fetched.body, fetched.unchanged) == (f"{address}/feed", BODY, False)
    assert (fetched.content_type, fetched.fresh_for, fetched.moved_to) == ("text/xml", 60, "")
    assert fetched.memory == Memory('W/"a\'b"', "Mon, 2 Mar 2026 9:00:00 GMT", hashlib.sha256(BODY).digest())
    assert asked[0].headers["User-Agent"] == outside.user_agent
    assert "If-None-Match" not in asked[0].headers
    assert asked[0].headers["Accept-Encoding"] == "gzip, br, zstd"


async def test_validators_are_echoed_byte_for_byte_and_a_304_renews_only_what_it_repeats(outside, serve) -> None:
    asked: list[web.Request] = []
    address = await serve(
        answering(lambda: web.Response(status=304, headers={"ETag": '"new"', "Cache-Control": "max-age=7"}), asked)
    )
    memory = Memory('W/"é-gzip"', "yesterday, more or less", b"digest")
    fetched = await fetch(outside, address, memory)
    assert fetched.memory == Memory('"new"', "yesterday, more or less", b"digest")
    assert (fetched.unchanged, fetched.body, fetched.fresh_for) == (True, b"", 7)
    assert asked[0].headers["If-None-Match"] == 'W/"é-gzip"'
    assert asked[0].headers["If-Modified-Since"] == "yesterday, more or less"


async def test_a_whole_answer_replaces_the_validators_as_a_pair(outside, serve) -> None:
    address = await serve(answering(lambda: web.Response(body=BODY, headers={"ETag": '"b"'})))
    fetched = await fetch(outside, address, Memory('"a"', "long ago", b"other"))
    assert (fetched.memory.etag, fetched.memory.last_modified) == ('"b"', "")


async def test_the_same_bytes_are_unchanged_though_the_server_says_200(outside, serve) -> None:
    address = await serve(answering(lambda: web.Response(body=BODY)))
    assert (await fetch(outside, address, Memory(body_hash=hashlib.sha256(BODY).digest()))).unchanged is True


async def test_a_304_that_nobody_asked_for_is_refused(outside, serve) -> None:
    address = await serve(answering(lambda: web.Response(status=304)))
    with pytest.raises(FeedRefused):
        await fetch(outside, address)


async def test_a_packed_body_is_unpacked(outside, serve) -> None:
    address = await serve(
        answering(lambda: web.Response(body=gzip.compress(BODY), headers={"Content-Encoding": "gzip"}))
    )
    assert (await fetch(outside, address)).body == BODY


async def test_a_packed_body_that_is_cut_short_is_no_success(outside, serve) -> None:
    cut = gzip.compress(BODY * 100)[:-20]
    address = await serve(answering(lambda: web.Response(body=cut, headers={"Content-Encoding": "gzip"})))
    with pytest.raises(FeedUnreachable):
        await fetch(outside, address)


@pytest.mark.parametrize("limits", [Limits(wire=1000), Limits(decoded=1000)], ids=["wire", "decoded"])
async def test_a_body_over_the_cap_is_refused(outside, serve, limits) -> None:
    address = await serve(answering(lambda: web.Response(body=b"x" * 1001)))
    with pytest.raises(NotAFeed):
        await fetch(outside, address, limits=limits)


@pytest.mark.parametrize(
    ("statuses", "permanent"),
    [
        ([301], True),
        ([308, 301], True),
        ([302], False),
        ([303], False),
        ([307], False),
        ([301, 302], False),
        ([302, 301], False),
        ([], False),
    ],
)
async def test_only_permanent_hops_all_the_way_name_a_new_address(outside, serve, statuses, permanent) -> None:
    async def handle(request: web.Request) -> web.Response:
        hop = int(request.path.strip("/") or 0)
        if hop < len(statuses):
            return web.Response(status=statuses[hop], headers={"Location": f"../{hop + 1}"})
        return web.Response(body=BODY)

    address = await serve(handle)
    fetched = await fetch(outside, f"{address}/0")
    assert fetched.address == f"{address}/{len(statuses)}"
    assert fetched.moved_to == (fetched.address if permanent else "")


@pytest.mark.parametrize(
    "location",
    ["", "/loop", "http://10.0.0.1/", "http://169.254.169.254/latest", "file:///etc/passwd", "http://u:p@127.0.0.1/",
     "//[::1]/", "http://1.1.1.1:22/", "http://[", "data:text/xml,x"],
)  # fmt: skip
async def test_a_redirect_that_is_unsafe_or_endless_is_refused(outside, serve, location) -> None:
    address = await serve(answering(lambda: web.Response(status=301, headers={"Location": location})))
    with pytest.raises(FeedRefused):
        await fetch(outside, f"{address}/loop")


@pytest.mark.parametrize(("hops", "arrives"), [(5, True), (6, False)])
async def test_five_redirects_are_followed_and_no_sixth(outside, serve, hops, arrives) -> None:
    async def handle(request: web.Request) -> web.Response:
        here = int(request.path.strip("/"))
        return (
            web.Response(status=302, headers={"Location": f"/{here + 1}"}) if here < hops else web.Response(body=BODY)
        )

    address = await serve(handle)
    if arrives:
        assert (await fetch(outside, f"{address}/0")).body == BODY
    else:
        with pytest.raises(FeedRefused):
            await fetch(outside, f"{address}/0")


async def test_the_seconds_of_a_look_are_counted_over_all_its_redirects(outside) -> None:
    async def on_and_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        await asyncio.sleep(0.08)
        writer.write(b"HTTP/1.1 302 Found\r\nLocation: /on\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(on_and_on, "127.0.0.1", 0) as server:
        address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        with pytest.raises(FeedUnreachable, match="within 0 seconds"):
            await fetch(outside, address, limits=Limits(total=0.2))


async def test_a_body_that_is_announced_as_too_long_is_not_read(outside) -> None:
    async def boast(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 5242881\r\n\r\n<")  # and then nothing
        await reader.read()
        writer.close()

    async with await asyncio.start_server(boast, "127.0.0.1", 0) as server:
        with pytest.raises(NotAFeed, match="5 MB"):
            await fetch(outside, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/")


@pytest.mark.parametrize("until_then", [b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n<", b"HTTP/1.1 200 OK\r\nX: "])
async def test_a_server_that_drips_is_cut_off_in_all(outside, until_then) -> None:
    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(until_then)
        await reader.read()  # until the other side has had enough
        writer.close()

    async with await asyncio.start_server(drip, "127.0.0.1", 0) as server:
        with pytest.raises(FeedUnreachable, match=r"127\.0\.0\.1"):
            await fetch(outside, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/", limits=Limits(total=0.1))


async def test_a_closed_door_is_unreachable(outside) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    with pytest.raises(FeedUnreachable, match="does not answer"):
        await fetch(outside, f"http://127.0.0.1:{port}/")


@pytest.mark.parametrize("address", ["http://10.0.0.1/", "ftp://example.org/", "gazette", "http://[::1]/"])
async def test_an_address_the_guard_refuses_is_invalid(outside, address) -> None:
    with pytest.raises(Invalid):
        await fetch(outside, address)


async def test_a_name_that_leads_to_a_private_address_is_invalid(outside: Outside, monkeypatch) -> None:
    def answer(*args: object, **kwargs: object) -> list[tuple[object, ...]]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("10.0.0.1", 80))]

    monkeypatch.setattr(socket, "getaddrinfo", answer)
    with pytest.raises(Invalid, match="private network"):
        await fetch(outside, "http://intranet.example/feed")


async def test_a_name_that_nobody_has_is_unreachable(outside: Outside, monkeypatch) -> None:
    def unknown(*args: object, **kwargs: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(FeedUnreachable, match=r"no server named nowhere\.example"):
        await fetch(outside, "http://nowhere.example/feed")


@pytest.fixture
def certified() -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """TLS for a server on 127.0.0.1, and for a client that trusts its issuer."""
    issuer, server, client = (
        trustme.CA(),
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH),
        ssl.create_default_context(),
    )
    issuer.issue_cert("127.0.0.1").configure_cert(server)
    issuer.configure_trust(client)
    return server, client


async def test_a_certificate_nobody_vouches_for_is_said(outside, serve, certified) -> None:
    address = await serve(answering(lambda: web.Response(body=BODY)), certified[0])
    with pytest.raises(FeedUnreachable, match="no valid certificate"):
        await fetch(outside, address)


async def test_https_never_becomes_http(outside, serve, certified, monkeypatch) -> None:
    monkeypatch.setattr("aiohttp.connector._SSL_CONTEXT_VERIFIED", certified[1])
    plain = await serve(answering(lambda: web.Response(body=BODY)))

    async def handle(request: web.Request) -> web.Response:
        if request.path == "/":
            return web.Response(body=BODY)
        return web.Response(status=301, headers={"Location": plain if request.path == "/down" else "/"})

    address = await serve(handle, certified[0])
    assert (await fetch(outside, f"{address}/around")).body == BODY
    with pytest.raises(FeedRefused):
        await fetch(outside, f"{address}/down")
