# SPDX-License-Identifier: AGPL-3.0-or-later
"""What it means when a server sends no feed, and for how long it is left alone then."""

from datetime import timedelta

import pytest
from aiohttp import web

from relay.faults import FeedGone, FeedRefused, FeedThrottled, NotAFeed
from relay.feeds.http.fetch import fetch

BODY = b"<rss version='2.0'><channel/></rss>"
REFUSALS = dict.fromkeys((204, 206, 403, 404, 500, 503), FeedRefused) | {410: FeedGone, 429: FeedThrottled}


def refusing(status: int, **headers: str):
    async def handle(request: web.Request) -> web.Response:
        return web.Response(status=status, headers={name.replace("_", "-"): value for name, value in headers.items()})

    return handle


@pytest.mark.parametrize(("status", "fault"), REFUSALS.items())
async def test_what_a_status_means(outside, serve, status, fault) -> None:
    address = await serve(refusing(status))
    with pytest.raises(fault) as caught:
        await fetch(outside, address)
    assert type(caught.value) is fault
    assert getattr(caught.value, "status", status) == status


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308, 403, 429, 503])
async def test_a_pause_is_kept_as_asked(outside, serve, status) -> None:
    address = await serve(refusing(status, Retry_After="1800", Location="/elsewhere"))
    with pytest.raises(FeedThrottled) as caught:
        await fetch(outside, address)
    assert caught.value.until == outside.clock.now() + timedelta(minutes=30)
    assert caught.value.host_wide == (status == 429)


async def test_a_redirect_that_asks_for_a_pause_each_time_is_followed_after_one(outside, serve) -> None:
    async def handle(request: web.Request) -> web.Response:
        headers = {"Retry-After": "60", "Location": "/new"}
        return web.Response(body=BODY) if request.path == "/new" else web.Response(status=302, headers=headers)

    assert (await fetch(outside, await serve(handle), failures=1)).body == BODY


@pytest.mark.parametrize(("failures", "minutes"), [(0, 1), (1, 2), (3, 8), (50, 60)])
async def test_a_server_that_has_had_enough_without_saying_for_how_long(outside, serve, failures, minutes) -> None:
    address = await serve(refusing(429))
    with pytest.raises(FeedThrottled) as caught:
        await fetch(outside, address, failures=failures)
    assert caught.value.until == outside.clock.now() + timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("status", "headers"),
    [
        (403, {"cf_mitigated": "challenge"}),
        (202, {"x_amzn_waf_action": "challenge"}),
        (405, {"x_amzn_waf_action": "captcha"}),
    ],
)
async def test_a_wall_that_asks_for_a_person_is_no_feed(outside, serve, status, headers) -> None:
    with pytest.raises(NotAFeed, match="only people"):
        await fetch(outside, await serve(refusing(status, **headers)))
