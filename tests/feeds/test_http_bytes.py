# SPDX-License-Identifier: AGPL-3.0-or-later
"""What goes over the wire to the byte, against a server that answers whatever bytes it is told to."""

import asyncio
import gzip
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
import pytest_asyncio

from relay.clock import ManualClock
from relay.faults import FeedRefused, FeedUnreachable, NotAFeed
from relay.feeds.http.answers import NOTHING, Fetched, Limits, Memory
from relay.feeds.http.fetch import fetch
from relay.outside import Outside
from relay.outside.guard import Guard
from relay.outside.http import Door

pytestmark = pytest.mark.asyncio(loop_scope="module")
BODY = b"<rss version='2.0'><channel/></rss>"


@dataclass
class Wire:
    """Sends ``answer`` to the first request of each connection and hangs up; ``asked`` is all that came in."""

    outside: Outside
    address: str = ""
    answer: bytes = b""
    asked: list[bytes] = field(default_factory=list)

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.asked.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(self.answer if b" /next" not in self.asked[-1] else whole())
        await writer.drain()
        writer.close()

    async def look(self, answer: bytes, memory: Memory = NOTHING) -> Fetched:
        self.answer, self.asked = answer, []
        return await fetch(self.outside, self.address, memory, Limits(total=5))

    def sent(self, name: bytes) -> list[bytes]:
        """The lines of the last request with that header."""
        return [line for line in self.asked[-1].split(b"\r\n") if line.lower().startswith(name.lower() + b":")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def wire() -> AsyncIterator[Wire]:
    guard = Guard(["127.0.0.0/8"])
    door = Door(guard, "Piquet test")
    wire = Wire(Outside(ManualClock(datetime(2026, 3, 2, 12, tzinfo=UTC)), door, guard, user_agent="Piquet"))
    async with await asyncio.start_server(wire.handle, "127.0.0.1", 0) as server:
        wire.address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        yield wire
        await door.aclose()


def whole(*headers: bytes, body: bytes = BODY) -> bytes:
    lines = (b"HTTP/1.1 200 OK", *headers, b"Content-Length: %d" % len(body))
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


@pytest.mark.parametrize(
    "sent",
    [
        b'"a"',
        b'W/"a-gzip"',
        b"no quotes at all",
        b'"a, b"',
        b'"\\"',
        b"'",
        b'"caf\xc3\xa9 \xe2\x80\x99"',
        b'"' + b"x" * 900,
    ],
)
async def test_both_validators_come_back_byte_for_byte(wire: Wire, sent: bytes) -> None:
    first = await wire.look(whole(b"ETag: " + sent, b"Last-Modified: " + sent))
    again = await wire.look(b"HTTP/1.1 304 Not Modified\r\n\r\n", first.memory)
    assert wire.sent(b"If-None-Match") == [b"If-None-Match: " + sent]
    assert wire.sent(b"If-Modified-Since") == [b"If-Modified-Since: " + sent]
    assert (again.memory, again.unchanged, again.whole, first.whole) == (first.memory, True, False, True)


@pytest.mark.parametrize(
    "sent",
    [b'"caf\xe9"', b'"a\x01b"', b'"a\tb"', b'"a\x7f"', b'"' + b"x" * 1000],
    ids=["latin-1", "control", "tab", "delete", "long"],
)
async def test_a_validator_that_could_not_come_back_as_it_was_is_not_kept(wire: Wire, sent: bytes) -> None:
    """A changed one would be a forgery, and the feed is known by its bytes all the same."""
    first = await wire.look(whole(b"ETag: " + sent, b"Last-Modified: noon"))
    assert (first.memory.etag, first.memory.last_modified) == ("", "noon")
    again = await wire.look(whole(b"ETag: " + sent), first.memory)
    assert (wire.sent(b"If-None-Match"), wire.sent(b"If-Modified-Since")) == ([], [b"If-Modified-Since: noon"])
    assert again.unchanged


async def test_a_look_without_a_condition_still_knows_the_same_bytes(wire: Wire) -> None:
    first = await wire.look(whole(b'ETag: "a"'))
    again = await wire.look(whole(b'ETag: "b"'), first.memory.whole())
    assert (wire.sent(b"If-None-Match"), again.unchanged, again.whole, again.memory.etag) == ([], True, True, '"b"')
    with pytest.raises(FeedRefused):
        await wire.look(b"HTTP/1.1 304 Not Modified\r\n\r\n", first.memory.whole())


async def test_a_request_says_what_it_must_and_nothing_about_anyone(wire: Wire) -> None:
    await wire.look(whole(b"Set-Cookie: spy=1"))
    await wire.look(whole())
    lines = wire.asked[-1].split(b"\r\n")
    names = {line.split(b":")[0].lower() for line in lines[1:] if line}
    assert (lines[0], names) == (b"GET / HTTP/1.1", {b"host", b"user-agent", b"accept", b"accept-encoding"})


BROKEN = {
    "longer than announced": b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n" + BODY,
    "shorter than announced": b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n" + BODY,
    "two lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\nContent-Length: 35\r\n\r\n" + BODY,
    "length and chunks": b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunks without end": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n23\r\n" + BODY + b"\r\n",
    "no chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n" + BODY + b"\r\n0\r\n\r\n",
    "no head": BODY,
    "half a head": b"HTTP/1.1 200 OK\r\nETag: ",
    "a zero byte in the head": whole(b'ETag: "\x00"'),
    "a long header": whole(b"X: " + b"x" * 9000),
    "headers over 16 kB": whole(*[b"X: " + b"x" * 4000] * 5),
    "very many headers": whole(*[b"X: x"] * 500),
    "packed twice": whole(*[b"Content-Encoding: gzip"] * 2, body=gzip.compress(gzip.compress(BODY))),
    "packed in something unheard of": whole(b"Content-Encoding: \xe9"),
    "nothing where something packed should be": whole(b"Content-Encoding: gzip", body=b""),
}


@pytest.mark.parametrize("answer", BROKEN.values(), ids=BROKEN)
async def test_an_answer_that_breaks_the_rules_is_no_success(wire: Wire, answer: bytes) -> None:
    with pytest.raises(FeedUnreachable) as caught:
        await wire.look(answer)
    assert str(caught.value).isprintable()  # it is kept in the ledger


@pytest.mark.parametrize(
    "answer",
    [whole(body=b""), whole(body=b" \r\n"), whole(b"Content-Encoding: gzip", body=gzip.compress(b""))],
    ids=["nothing", "blanks", "nothing packed"],
)
async def test_an_empty_answer_is_no_feed(wire: Wire, answer: bytes) -> None:
    with pytest.raises(NotAFeed, match="empty"):
        await wire.look(answer)


async def test_what_is_remembered_can_be_written_down_whatever_was_sent(wire: Wire) -> None:
    found = await wire.look(
        whole(
            b"Content-Type: text/xml; charset=\xe9",
            b"Cache-Control: max-age=99999999999",
            b"Link: <http://\xe9/>; rel=hub",
            b"Link: <http://[/>; rel=hub",
        )
    )
    assert (found.content_type, found.fresh_for, found.hub) == ("text/xml; charset=", 365 * 86_400, "")


async def test_a_link_header_names_the_hub(wire: Wire) -> None:
    found = await wire.look(whole(b'Link: <https://hub.example/>; rel="hub", </self>; rel=self'))
    assert (found.hub, found.topic) == ("https://hub.example/", f"{wire.address}self")


@pytest.mark.parametrize(
    ("location", "asked"), [(b"/next\xe9", b"/next%E9"), (b"/next\xc3\xa9", b"/next%C3%A9"), (b"/next a", b"/next%20a")]
)
async def test_a_redirect_is_followed_as_browsers_do(wire: Wire, location: bytes, asked: bytes) -> None:
    found = await wire.look(b"HTTP/1.1 301 Moved\r\nContent-Length: 0\r\nLocation: " + location + b"\r\n\r\n")
    assert wire.asked[-1].split(b" ")[1] == asked
    assert found.moved_to.isprintable()


async def test_a_redirect_of_absurd_length_is_not_followed(wire: Wire) -> None:
    with pytest.raises(FeedRefused):
        await wire.look(b"HTTP/1.1 301 Moved\r\nLocation: /next" + b"x" * 3000 + b"\r\n\r\n")
