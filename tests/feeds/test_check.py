# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a newsroom is told about its feed."""

import json

import pytest
from aiohttp import web

from relay.faults import FeedUnreachable, Invalid, NotAFeed
from relay.feeds.check import check

FEED = """<rss version="2.0"><channel><title>La Gazette</title><ttl>15</ttl>
<item><guid>1</guid><title>Un &amp; deux</title><link>/1</link><pubDate>Mon, 02 Mar 2026 10:30:00 +0100</pubDate></item>
<item><title>Sans rien</title></item></channel></rss>"""


async def site(request: web.Request) -> web.Response:
    if request.path == "/feed":
        return web.Response(
            text=FEED, content_type="application/rss+xml", headers={"ETag": '"1"', "Cache-Control": "max-age=60"}
        )
    if request.path == "/old":
        return web.Response(status=301, headers={"Location": "/feed"})
    if request.path == "/nothing":
        return web.Response(text="<p>rien</p>", content_type="text/html")
    links = "".join(
        f"<link rel=alternate type=application/rss+xml {each}>" for each in ("href=/feed", "href=/b title=B")
    )
    return web.Response(text=links, content_type="text/html")


async def test_a_feed_is_told_as_read(outside, parser, serve) -> None:
    address = await serve(site)
    told = (await check(outside, parser, f"{address}/feed")).as_json()
    assert told["entries"] == [
        {"id": "1", "link": f"{address}/1", "title": "Un & deux", "published": "2026-03-02T09:30:00Z"},
        {"id": None, "link": None, "title": "Sans rien", "published": None},
    ]
    assert (told["address"], told["kind"], told["title"]) == (f"{address}/feed", "rss", "La Gazette")
    assert (told["fresh_for"], told["ttl"], told["etag"], told["last_modified"]) == (60, 900, True, False)
    assert len(told["warnings"]) == 3
    json.dumps(told)


async def test_a_page_leads_to_its_first_feed_and_the_others_are_named(outside, parser, serve) -> None:
    address = await serve(site)
    report = await check(outside, parser, address)
    assert report.address == f"{address}/feed"
    assert report.as_json()["others"] == [{"address": f"{address}/b", "title": "B"}]


async def test_a_page_without_a_feed_is_no_feed(outside, parser, serve) -> None:
    with pytest.raises(NotAFeed):
        await check(outside, parser, f"{await serve(site)}/nothing")


async def test_a_permanent_redirect_is_told(outside, parser, serve) -> None:
    address = await serve(site)
    report = await check(outside, parser, f"{address}/old")
    assert report.moved_to == f"{address}/feed"
    assert any("moved for good" in str(warning) for warning in report.warnings)


async def test_a_file_is_read_as_it_is(outside, parser, tmp_path) -> None:
    path = tmp_path / "feed.xml"
    path.write_text(FEED, "utf-8")
    report = await check(outside, parser, str(path))
    assert [entry.title for entry in report.document.entries] == ["Un & deux", "Sans rien"]
    assert report.address == str(path)


@pytest.mark.parametrize("path", ["", "/no/such/file", "./no-such-file", ".", "~no-such-person/feed", "\0", "/\0"])
async def test_a_file_that_is_not_there_is_invalid(outside, parser, path) -> None:
    with pytest.raises(Invalid):
        await check(outside, parser, path)


async def test_an_address_may_be_typed_without_its_scheme(outside, parser, monkeypatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(outside.guard, "check", asked.append)
    with pytest.raises(FeedUnreachable):
        await check(outside, parser, "127.0.0.1:1/feed")
    assert asked == ["https://127.0.0.1:1/feed"]


async def test_a_file_address_is_no_way_to_a_file(outside, parser) -> None:
    with pytest.raises(Invalid):
        await check(outside, parser, "file:///etc/hostname")


WRONG = {
    "no entries": ("", "no entries"),
    "no link": ("<item><guid>1</guid></item>", "no link"),
    "no guid": ("<item><link>https://a.example/</link></item>", "no guid"),
    "no title": ("<item><guid>1</guid></item>", "no title"),
    "no date": ("<item><guid>1</guid><pubDate>hier</pubDate></item>", "no date"),
    "one guid": ("<item><guid>1</guid><title>a</title></item><item><guid>1</guid><title>b</title></item>", "same guid"),
    "one link": ("<item><link>http://a.example/</link><title>a</title></item>"
                 + "<item><link>http://a.example/</link><title>b</title></item>", "same link"),
    "says nothing": ("<item/>", "nothing at all"),
    "future": ("<item><pubDate>Mon, 02 Mar 2099 10:30:00 GMT</pubDate></item>", "future"),
    "old": ("<item><pubDate>Tue, 17 Dec 2019 10:30:00 GMT</pubDate></item>", "month old"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
async def test_what_is_wrong_is_said(outside, parser, tmp_path, name) -> None:
    items, words = WRONG[name]
    path = tmp_path / "feed.xml"
    path.write_text(f"<rss version='2.0'><channel>{items}</channel></rss>", "utf-8")
    report = await check(outside, parser, str(path))
    assert any(words in str(warning) for warning in report.warnings)
