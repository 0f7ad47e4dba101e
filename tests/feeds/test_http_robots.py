# SPDX-License-Identifier: AGPL-3.0-or-later
"""What robots.txt says of a feed, for its newsroom to know."""

from collections.abc import Callable

import pytest
from aiohttp import web

from relay.feeds.http.robots import allowed, judged

FEED = "https://a.example/feed"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"", True),
        (b"User-agent: *\nDisallow:", True),
        (b"User-agent: GPTBot\nDisallow: /", True),
        (b"User-agent: *\nDisallow: /\n\nUser-agent: piquet\nAllow: /", True),
        (b"<html>There is nothing here.</html>", True),
        (b"\xff\xfe\x00", True),
        (b"User-agent: *\nDisallow: /", False),
        (b"\xef\xbb\xbfUser-agent: *\r\nDisallow: /feed", False),
        (b"User-agent: *\nAllow: /\n\nUser-agent: Piquet\nDisallow: /", False),
    ],
)
def test_what_the_rules_mean_for_readers_of_our_name(text: bytes, expected: bool) -> None:
    assert judged(text, FEED) is expected


ANSWERS = {
    "forbidden": (lambda: web.Response(body=b"User-agent: *\nDisallow: /feed"), False),
    "allowed": (lambda: web.Response(body=b"User-agent: *\nDisallow: /admin"), True),
    "empty": (lambda: web.Response(body=b""), True),
    "not there": (lambda: web.Response(status=404), True),
    "gone": (lambda: web.Response(status=410), True),
    "locked": (lambda: web.Response(status=403), True),
    "broken": (lambda: web.Response(status=500), None),
    "elsewhere": (lambda: web.Response(status=302, headers={"Location": "/robots"}), None),
    "busy": (lambda: web.Response(status=429), None),
    "endless": (lambda: web.Response(body=b"#" * (513 << 10)), None),
}


@pytest.mark.parametrize(("answer", "expected"), ANSWERS.values(), ids=ANSWERS)
async def test_one_request_tells(outside, serve, answer: Callable[[], web.Response], expected: bool | None) -> None:
    asked: list[str] = []

    async def handle(request: web.Request) -> web.Response:
        asked.append(request.path)
        return answer()

    assert await allowed(outside, f"{await serve(handle)}/feed?page=1#top") is expected
    assert asked == ["/robots.txt"]


async def test_a_site_that_may_not_be_asked_or_does_not_answer_says_nothing(outside) -> None:
    assert await allowed(outside, "http://10.0.0.1/feed") is None
