# SPDX-License-Identifier: AGPL-3.0-or-later
"""A feed watched live: each look tells what the relay would do, nobody is asked too often, and nothing is kept."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from aiohttp import web

from relay.faults import Invalid, NotAFeed
from relay.feeds.doctor.live import Glance, Live, end

HOME = "https://journal.example/"
Play = Callable[..., Awaitable[list[Glance]]]


def item(n: int, title: str = "", guid: str = "") -> str:
    date = f"<pubDate>Mon, 02 Mar 2026 {n % 12:02}:00:00 GMT</pubDate>"
    title, guid = title or f"A headline of some length, number {n}", guid or f"{HOME}{n}"
    return f"<item><guid>{guid}</guid><link>{HOME}{n}</link><title>{title}</title>{date}</item>"


def rss(*items: str) -> str:
    return f"<rss version='2.0'><channel><title>T</title>{''.join(items)}</channel></rss>"


FIRST = rss(item(2), item(1))


@pytest.fixture
def asked() -> list[web.Request]:
    return []


@pytest.fixture
def play(outside, unboxed, serve, asked) -> Play:
    """Watch a feed that gives these answers one after the other, the last for ever: a body, or a status."""

    async def watch(*answers: str | int, looks: int = 0, every: float = 0, threshold: int = 10) -> list[Glance]:
        left = list(answers)

        async def site(request: web.Request) -> web.Response:
            asked.append(request)
            answer = left.pop(0) if len(left) > 1 else left[0]
            if isinstance(answer, int):
                return web.Response(status=answer, headers={"Retry-After": "200"} if answer == 429 else {})
            tag = f'"{hash(answer)}"'
            if request.headers.get("If-None-Match") == tag:
                return web.Response(status=304)
            return web.Response(text=answer, content_type="application/rss+xml", headers={"ETag": tag})

        address = f"{await serve(site)}/feed"
        live = Live(outside, unboxed, address, every=every, floor=45, threshold=threshold)
        glances = []
        async for glance in live.glances():
            glances.append(glance)
            if len(glances) == (looks or len(answers)):
                return glances
        raise AssertionError("it never ends by itself")

    return watch


def fates(glance: Glance) -> list[str]:
    return [seen.fate for seen in glance.seen]


async def test_what_is_there_is_silent_and_what_comes_is_new(play: Play) -> None:
    """By its guid, once."""
    first, second, third = await play(FIRST, rss(item(3), item(2), item(1)), rss(item(3), item(2), item(1)))
    assert ["baseline", "baseline"] == fates(first)
    assert ["known", "known", "new"] == fates(second)
    assert ("g", f"{HOME}3") == (second.seen[-1].by, second.seen[-1].entry.link)
    assert (304, True, ()) == (third.status, third.unchanged, third.seen)


@pytest.mark.parametrize(
    ("edited", "by"),
    [
        (item(2, "Another headline altogether"), "g"),
        (item(2, "Another headline altogether", guid="changed"), "l"),
        (item(2, guid=f"{HOME}2#1"), "n"),
    ],
)
async def test_an_edit_is_known_and_by_what(play: Play, edited: str, by: str) -> None:
    """Told once; at the look after it is an old story."""
    _, second, third = await play(FIRST, rss(edited, item(1)), rss(edited, item(1)) + " ")
    (seen,) = (seen for seen in second.seen if seen.fate == "edited")
    assert (by, "A headline of some length, number 2") == (seen.by, seen.before.title)
    assert ["known", "known"] == fates(third)


async def test_too_many_at_once_are_held(play: Play) -> None:
    _, flood = await play(FIRST, rss(*(item(n) for n in range(1, 9))), threshold=5)
    assert ("flood", 6) == (flood.hold, fates(flood).count("held"))


async def test_no_server_is_asked_more_often_than_in_a_strike(play: Play, asked: list[web.Request]) -> None:
    """And with the condition it gave us, after the first time."""
    glances = await play(FIRST, looks=4)
    assert [None, True, True, True] == [bool(each.headers.get("If-None-Match")) or None for each in asked]
    waits = [(glance.next_at - glance.at).total_seconds() for glance in glances]
    assert min(waits) >= 45
    assert max(waits) <= 330


async def test_every_is_kept_to(play: Play) -> None:
    glances = await play(FIRST, looks=5, every=60)
    assert all(60 <= (glance.next_at - glance.at).total_seconds() <= 66 for glance in glances)


async def test_a_fault_is_told_in_words_and_ends_nothing(play: Play) -> None:
    """A pause that the server asks for is kept even against --every."""
    glances = await play(FIRST, 429, 500, rss(item(3), item(2), item(1)), every=30)
    assert [200, 429, 500, 200] == [glance.status for glance in glances]
    assert (glances[1].next_at - glances[1].at).total_seconds() >= 200
    assert "status 500" in str(glances[2].fault)
    assert ["known", "known", "new"] == fates(glances[3])


async def test_a_page_is_left_for_its_feed(outside, unboxed, serve) -> None:
    async def site(request: web.Request) -> web.Response:
        if request.path == "/feed":
            return web.Response(text=FIRST, content_type="application/rss+xml")
        link = "<link rel=alternate type=application/rss+xml href=/feed>"
        return web.Response(text=link, content_type="text/html")

    address = await serve(site)
    live = Live(outside, unboxed, address, floor=45, threshold=10)
    until = outside.clock.now() + timedelta(seconds=100)
    glances = [glance async for glance in live.glances(until)]
    assert [f"{address}/feed"] * len(glances) == [glance.address for glance in glances]
    assert glances[-1].next_at > until
    assert all(glance.at <= until for glance in glances)


@pytest.mark.parametrize(("address", "fault"), [("ftp://journal.example/", Invalid), ("/nothing", NotAFeed)])
async def test_what_cannot_be_watched_is_told_at_the_first_look(outside, unboxed, serve, address, fault) -> None:
    async def site(request: web.Request) -> web.Response:
        return web.Response(text="<p>rien</p>", content_type="text/html")

    home = await serve(site)
    live = Live(outside, unboxed, address if "://" in address else home + address, floor=45, threshold=10)
    async for glance in live.glances():
        assert isinstance(glance.fault, fault)
        assert (0, "") == (glance.size, glance.hold)
        break


def test_a_watch_without_an_end_has_none(outside) -> None:
    now = outside.clock.now()
    assert (None, now + timedelta(seconds=90)) == (end(now, 0), end(now, 1.5))
