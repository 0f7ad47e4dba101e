# SPDX-License-Identifier: AGPL-3.0-or-later
"""A visit to a feed: what is asked of its server, and what a newsroom is told about it."""

import json

import pytest
from aiohttp import web

from relay.faults import FeedRefused, FeedUnreachable, Invalid, NotAFeed
from relay.feeds.doctor.check import check, examine
from relay.feeds.doctor.report import Failure, Report

FEED = """<rss version="2.0"><channel><title>La Gazette</title><ttl>15</ttl>
<item><guid>1</guid><title>Un &amp; deux</title><link>/1</link><pubDate>Mon, 02 Mar 2026 10:30:00 +0100</pubDate></item>
<item><title>Sans rien</title></item></channel></rss>"""
REDIRECTS = {"/old": (301, "/feed"), "/away": (302, "/feed")}
STATUSES = {"/forbidden": 403, "/lost": 404, "/gone": 410, "/broken": 500}
TAGS = {"/feed": '"1"', "/private/feed": '"3"', "/forgetful": '"2-gzip"'}


@pytest.fixture
def parser(unboxed):
    return unboxed


async def site(request: web.Request) -> web.Response:
    path = request.path
    if path in REDIRECTS:
        status, target = REDIRECTS[path]
        return web.Response(status=status, headers={"Location": target})
    if path == "/robots.txt":
        return web.Response(text="User-agent: *\nDisallow: /private")
    if path in STATUSES:
        return web.Response(status=STATUSES[path])
    if path in TAGS:
        if path != "/forgetful" and request.headers.get("If-None-Match") == TAGS[path]:
            return web.Response(status=304)
        headers = {"ETag": TAGS[path], "Cache-Control": "max-age=60", "Link": '<https://hub.example/>; rel="hub"'}
        return web.Response(text=FEED, content_type="application/rss+xml", headers=headers)
    if path == "/challenge":
        return web.Response(text="<html><title>Just a moment...</title></html>", content_type="text/html")
    if path == "/nothing":
        return web.Response(text="<html><p>rien</p></html>", content_type="text/html")
    links = "".join(
        f"<link rel=alternate type=application/rss+xml {each}>" for each in ("href=/feed", "href=/b title=B")
    )
    return web.Response(text=links, content_type="text/html")


@pytest.fixture
def met() -> list[tuple[str, str | None]]:
    """Every request that came by: path and If-None-Match."""
    return []


@pytest.fixture
async def town(serve, met) -> str:
    async def noting(request: web.Request) -> web.Response:
        met.append((request.path, request.headers.get("If-None-Match")))
        return await site(request)

    return await serve(noting)


async def report(outside, parser, address: str) -> Report:
    found = await examine(outside, parser, address)
    assert isinstance(found, Report)
    return found


def codes(found: Report) -> set[str]:
    return {finding.code for finding in found.findings}


async def test_a_feed_is_told_as_read(outside, parser, town) -> None:
    told = (await report(outside, parser, f"{town}/feed")).as_json()
    assert told["entries"] == [
        {"id": "1", "link": f"{town}/1", "title": "Un & deux", "published": "2026-03-02T09:30:00Z"},
        {"id": None, "link": None, "title": "Sans rien", "published": None},
    ]
    assert (f"{town}/feed", "rss", "La Gazette") == (told["address"], told["kind"], told["title"])
    assert (60, 900, True, False) == (told["fresh_for"], told["ttl"], told["etag"], told["last_modified"])
    assert ([200], 304, "https://hub.example/") == (told["statuses"], told["asked_again"], told["hub"])
    assert (2, f"{town}/1") == (told["articles"], told["newest_link"])
    assert 3 <= len(told["warnings"]) < len(told["findings"])
    json.dumps(told)


async def test_a_visit_is_two_requests_the_second_with_the_servers_own_words(outside, parser, town, met) -> None:
    """A second apart, and robots.txt; but one for a doctor who only wants to know whether the feed is read."""
    assert "validators-never-match" not in codes(await report(outside, parser, f"{town}/feed"))
    assert [("/feed", None), ("/feed", '"1"'), ("/robots.txt", None)] == met
    assert [1.0, 1.0] == outside.clock.slept
    await check(outside, parser, f"{town}/feed")
    assert [("/feed", None)] == met[3:]


async def test_a_server_that_does_not_know_its_own_tag_is_found(outside, parser, town) -> None:
    found = await report(outside, parser, f"{town}/forgetful")
    (finding,) = (each for each in found.findings if each.code == "validators-never-match")
    assert "DeflateAlterETag" in str(finding.how)
    assert 'ETag: "2-gzip"' == finding.example


async def test_a_page_leads_to_its_first_feed_and_the_others_are_named(outside, parser, town) -> None:
    found = await report(outside, parser, town)
    assert (f"{town}/feed", [200]) == (found.address, found.as_json()["statuses"])
    assert [{"address": f"{town}/b", "title": "B"}] == found.as_json()["others"]


@pytest.mark.parametrize(
    ("path", "code", "words"),
    [
        ("/lost", "status-404", "new address"),
        ("/forbidden", "status-403", "begins with “Piquet”"),
        ("/broken", "status-500", "try again later"),
        ("/gone", "FeedGone", "another feed"),
        ("/challenge", "challenge", "begins with “Piquet”"),
        ("/nothing", "NotAFeed", "called RSS"),
    ],
)
async def test_where_no_feed_is_the_next_step_is_told(outside, parser, town, path, code, words) -> None:
    found = await examine(outside, parser, f"{town}{path}")
    assert isinstance(found, Failure)
    assert (code, True) == (found.finding.code, words in str(found.finding.how)), str(found.finding.how)
    assert found.statuses
    assert str(found.fault) == found.as_json()["fault"]


async def test_a_server_that_does_not_answer_has_no_status(outside, parser) -> None:
    found = await examine(outside, parser, "http://127.0.0.1:1/feed")
    assert isinstance(found, Failure)
    assert ((), "FeedUnreachable") == (found.statuses, found.finding.code)


async def test_the_fault_itself_is_raised_for_who_asks_so(outside, parser, town) -> None:
    with pytest.raises(FeedRefused):
        await check(outside, parser, f"{town}/lost")
    with pytest.raises(NotAFeed):
        await check(outside, parser, f"{town}/nothing")


@pytest.mark.parametrize(("path", "code"), [("/old", "moved-for-good"), ("/away", "moved-for-now")])
async def test_a_redirect_is_told(outside, parser, town, path, code) -> None:
    found = await report(outside, parser, f"{town}{path}")
    assert {"moved-for-good", "moved-for-now"} & codes(found) == {code}
    assert (f"{town}/feed" if code == "moved-for-good" else "") == found.moved_to


async def test_robots_are_asked_about_the_feed_itself(outside, parser, town) -> None:
    """And what they say is told, whether Piquet heeds it or not."""
    assert (True, set()) == ((found := await report(outside, parser, f"{town}/feed")).robots, {"robots"} & codes(found))
    found = await report(outside, parser, f"{town}/private/feed")
    assert (False, True) == (found.as_json()["robots_allowed"], "robots" in codes(found))


async def test_a_file_is_read_as_it_is(outside, parser, tmp_path) -> None:
    path = tmp_path / "feed.xml"
    path.write_text(FEED, "utf-8")
    found = await report(outside, parser, str(path))
    assert ["Un & deux", "Sans rien"] == [entry.title for entry in found.document.entries]
    assert (str(path), None, None) == (found.address, found.visit, found.as_json()["bytes"])
    assert not {"no-validators", "content-type", "not-encrypted"} & codes(found)
    path.write_text("nothing of the kind")
    assert isinstance(await examine(outside, parser, str(path)), Failure)


@pytest.mark.parametrize("path", ["", "/no/such/file", "./no-such-file", ".", "~no-such-person/feed", "\0", "/\0"])
async def test_a_file_that_is_not_there_is_invalid(outside, parser, path) -> None:
    with pytest.raises(Invalid):
        await check(outside, parser, path)


async def test_an_address_may_be_typed_without_its_scheme(outside, parser, monkeypatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(outside.guard, "check", asked.append)
    with pytest.raises(FeedUnreachable):
        await check(outside, parser, "127.0.0.1:1/feed")
    assert ["https://127.0.0.1:1/feed"] == asked


async def test_a_file_address_is_no_way_to_a_file(outside, parser) -> None:
    with pytest.raises(Invalid):
        await check(outside, parser, "file:///etc/hostname")
