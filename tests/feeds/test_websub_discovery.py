# SPDX-License-Identifier: AGPL-3.0-or-later
"""Which hub a feed names, and under which address the hub knows it."""

from collections.abc import Awaitable, Callable

import pytest
from aiohttp import web

from relay.feeds.http.answers import Memory
from relay.feeds.http.fetch import fetch
from relay.feeds.websub.discovery import Announced, announced, in_document, in_headers
from relay.outside import Outside
from relay.terms import Document

FEED = "https://journal.example/rss/une.xml"
HUB, SELF = "https://hub.example/", "https://journal.example/feed"
BOTH = Announced(HUB, SELF)


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ([], Announced()),
        ([f'<{HUB}>; rel="hub"', f'<{SELF}>; rel="self"'], BOTH),
        ([f'<{HUB}>; rel="hub", <{SELF}>; rel="self"'], BOTH),
        ([f"<{HUB}>;rel=hub,<{SELF}>;rel=self"], BOTH),
        ([f'<{SELF}>; REL="Self" , , <{HUB}> ; type="a/b" ; rel = HUB'], BOTH),
        ([f'<{HUB}>; title="a, <b>; rel=\\"self\\""; rel="alternate hub"', f"<{SELF}>; rel=self"], BOTH),
        (["<../hub>; rel=hub, <une.xml>; rel=self"], Announced("https://journal.example/hub", FEED)),
        (["<//hub.example/>; rel=hub"], Announced(HUB)),
        ([f"<http://old.example/>; rel=hub, <{HUB}>; rel=hub"], Announced(HUB)),
        (["<http://a.example/>; rel=hub, <http://b.example/>; rel=hub"], Announced("http://a.example/")),
        ([f'<{HUB}>; rel="hub"; rel="self"'], Announced(HUB)),
        ([f'<{HUB}>; rel=hub; anchor="/other"'], Announced()),
        (["<javascript:x>; rel=hub, <ftp://hub.example/>; rel=hub, <>; rel=self"], Announced()),
        (["<https://hub.example/?a=1,2;b>; rel=hub"], Announced("https://hub.example/?a=1,2;b")),
        (["rel=hub", "<https://hub.example/", f'{HUB}; rel="hub"', "<a>; rel", "", ",", "<<>;;;=,"], Announced()),
        ([f'junk, <{HUB}>; rel="hub'], Announced()),
    ],
)
def test_what_link_headers_announce(headers: list[str], expected: Announced) -> None:
    assert expected == in_headers(headers, FEED)


def test_an_address_of_over_two_kilobytes_is_none() -> None:
    assert Announced() == in_headers([f"<{HUB}{'x' * 2048}>; rel=hub"], FEED)


@pytest.mark.parametrize("piece", ['<a>; rel="', "<a>;x=", ";" * 50, '\\"', "<", ", ", '<a>; rel="hub\\', "\t; "])
def test_a_hostile_header_takes_no_time(piece: str) -> None:
    """256 kB, where a server may send 16: the reader goes forward only, or this would take minutes."""
    in_headers([f"<a>; {piece * ((256 << 10) // len(piece))}"], FEED)


def test_headers_come_before_the_feed_itself() -> None:
    own = in_document(Document((), hub="https://other.example/", topic=SELF))
    assert Announced("https://other.example/", SELF) == own
    assert BOTH == announced(Announced(HUB), own)
    assert own == announced(Announced(), own)


@pytest.mark.parametrize("status", [200, 304])
async def test_a_look_hears_of_the_hub(serve: Callable[..., Awaitable[str]], outside: Outside, status: int) -> None:
    """Also where nothing has changed."""

    async def answer(_: web.Request) -> web.Response:
        return web.Response(text="<rss/>", status=status, headers={"Link": f'<{HUB}>; rel="hub", </feed>; rel=self'})

    address = await serve(answer)
    fetched = await fetch(outside, f"{address}/rss", Memory(etag='"1"'))
    assert (HUB, f"{address}/feed") == (fetched.hub, fetched.topic)
