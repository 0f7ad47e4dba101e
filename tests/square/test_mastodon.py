# SPDX-License-Identifier: AGPL-3.0-or-later
"""The look-alike refuses what Mastodon refuses: a bridge that is careless must not pass here."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import aiohttp
import pytest

from relay.clock import ManualClock
from relay.square.mastodon import LookalikeMastodon
from relay.square.mastodon_limits import Meter
from relay.square.mastodon_state import GOTOSOCIAL

TOKEN = "t0ken"


class Visitor:
    """A bare client: no library, no mercy."""

    def __init__(self, server: LookalikeMastodon, session: aiohttp.ClientSession) -> None:
        self.server = server
        self.session = session

    async def call(
        self, method: str, path: str, data: Any = None, token: str = TOKEN, **headers: str
    ) -> tuple[int, Any, Any]:
        """Status, body, headers."""
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        async with self.session.request(
            method, self.server.address + path, data=data, headers=headers, allow_redirects=False
        ) as answer:
            body = await answer.json() if answer.content_type == "application/json" else await answer.text()
            return answer.status, body, answer.headers

    async def post(self, text: str, key: str = "", **more: str) -> tuple[int, Any]:
        status, body, _ = await self.call("POST", "/api/v1/statuses", {"status": text, **more}, Idempotency_Key=key)
        return status, body


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(datetime(2026, 12, 17, 9, tzinfo=UTC))


@pytest.fixture
def server(clock: ManualClock) -> LookalikeMastodon:
    server = LookalikeMastodon(clock)
    server.create_account("desk", token=TOKEN)
    return server


@pytest.fixture
async def visitor(server: LookalikeMastodon) -> AsyncIterator[Visitor]:
    await server.start()
    async with aiohttp.ClientSession() as session:
        yield Visitor(server, session)
    await server.stop()


async def test_the_key_folds_for_an_hour_per_account_and_only_where_one_is_sent(
    visitor: Visitor, clock: ManualClock
) -> None:
    first = (await visitor.post("grève", "key"))[1]["id"]
    assert first == (await visitor.post("grève", "key"))[1]["id"]
    visitor.server.create_account("other", token="other")
    _, theirs, _ = await visitor.call("POST", "/api/v1/statuses", {"status": "x"}, "other", Idempotency_Key="key")
    assert first != theirs["id"]
    assert (await visitor.post("grève"))[1]["id"] != (await visitor.post("grève"))[1]["id"]
    clock.advance(hours=1)
    assert first != (await visitor.post("grève", "key"))[1]["id"]


async def test_a_repeated_key_whose_post_is_gone_is_404(visitor: Visitor) -> None:
    _, body = await visitor.post("grève", "key")
    assert 200 == (await visitor.call("DELETE", f"/api/v1/statuses/{body['id']}"))[0]
    assert 404 == (await visitor.post("grève", "key"))[0]


@pytest.mark.parametrize(
    "asked",
    [
        {"status": ""},
        {"status": "  \n"},
        {"status": "é" * 501},
        {"status": "é" * 490, "spoiler_text": "attention !"},
        {"status": "x", "visibility": "world"},
        {"status": "x", "media_ids[]": "404"},
    ],
)
async def test_what_is_invalid_is_422_here_and_400_at_gotosocial(
    visitor: Visitor, clock: ManualClock, asked: dict[str, str]
) -> None:
    status, body, _ = await visitor.call("POST", "/api/v1/statuses", asked)
    assert (422, True) == (status, body["error"].startswith("Validation failed"))
    visitor.server.instance.dialect = GOTOSOCIAL
    longer = {**asked, "status": asked["status"] * 11}
    assert 400 == (await visitor.call("POST", "/api/v1/statuses", longer))[0]
    assert [] == visitor.server.public()


async def test_a_dead_token_is_401_and_a_missing_scope_403(visitor: Visitor) -> None:
    visitor.server.create_account("poster", token="posts", scopes=frozenset({"write:statuses"}))
    asked = {"status": "grève"}
    assert 401 == (await visitor.call("POST", "/api/v1/statuses", asked, "stolen"))[0]
    assert 401 == (await visitor.call("POST", "/api/v1/statuses", asked, ""))[0]
    status, body, _ = await visitor.call("POST", "/api/v1/statuses", asked, "posts")
    assert 200 == status
    assert 403 == (await visitor.call("POST", f"/api/v1/statuses/{body['id']}/pin", None, "posts"))[0]
    assert 403 == (await visitor.call("GET", "/api/v1/accounts/verify_credentials", None, "posts"))[0]


async def test_nobody_deletes_or_pins_what_is_not_theirs(visitor: Visitor) -> None:
    _, body = await visitor.post("grève")
    visitor.server.create_account("other", token="other")
    assert 404 == (await visitor.call("DELETE", f"/api/v1/statuses/{body['id']}", None, "other"))[0]
    assert 404 == (await visitor.call("POST", f"/api/v1/statuses/{body['id']}/pin", None, "other"))[0]


async def test_posts_are_read_back_newest_first_in_pages(visitor: Visitor) -> None:
    for n in range(45):
        await visitor.post(f"avis {n}")
    account = next(iter(visitor.server.instance.accounts))
    path = f"/api/v1/accounts/{account}/statuses"
    _, first, headers = await visitor.call("GET", f"{path}?limit=80")
    assert 40 == len(first)
    assert f"max_id={first[-1]['id']}" in headers["Link"]
    _, rest, _ = await visitor.call("GET", f"{path}?limit=40&max_id={first[-1]['id']}")
    assert [f"<p>avis {n}</p>" for n in reversed(range(45))] == [each["content"] for each in first + rest]


async def test_a_picture_can_be_attached_once_and_only_when_it_is_ready(visitor: Visitor) -> None:
    visitor.server.instance.processing = 1
    form = aiohttp.FormData({"description": "pancarte"})
    form.add_field("file", b"png", filename="a.png", content_type="image/png")
    status, media, _ = await visitor.call("POST", "/api/v2/media", form)
    assert (202, None) == (status, media["url"])
    asked = {"status": "x", "media_ids[]": media["id"]}
    assert 422 == (await visitor.call("POST", "/api/v1/statuses", asked))[0]
    assert [206, 200] == [(await visitor.call("GET", f"/api/v1/media/{media['id']}"))[0] for _ in range(2)]
    assert [200, 422] == [(await visitor.call("POST", "/api/v1/statuses", asked))[0] for _ in range(2)]
    assert [("pancarte",)] == [seen.alts for seen in visitor.server.public()]


async def test_private_posts_are_not_public(visitor: Visitor) -> None:
    for visibility in ("public", "unlisted", "private", "direct"):
        await visitor.post(visibility, visibility=visibility)
    assert ["public", "unlisted"] == [seen.text for seen in visitor.server.public()]


async def test_only_the_account_itself_lists_what_it_wrote_to_a_few(visitor: Visitor) -> None:
    """Others, and passers-by, read what is public."""
    visitor.server.create_account("other", token="other")
    for visibility in ("public", "unlisted", "private", "direct"):
        await visitor.post(visibility, visibility=visibility)
    path = f"/api/v1/accounts/{next(iter(visitor.server.instance.accounts))}/statuses"
    listed = [(await visitor.call("GET", path, None, token))[1] for token in (TOKEN, "other", "")]
    assert [4, 2, 2] == [len(each) for each in listed]


async def test_boosts_are_listed_unless_they_are_not_asked_for(visitor: Visitor) -> None:
    other = visitor.server.create_account("other", token="other")
    _, theirs, _ = await visitor.call("POST", "/api/v1/statuses", {"status": "x"}, "other")
    desk = next(iter(visitor.server.instance.accounts))
    visitor.server.instance.boost(desk, theirs["id"])
    path = f"/api/v1/accounts/{desk}/statuses"
    (boost,) = (await visitor.call("GET", path))[1]
    assert (theirs["id"], other.id) == (boost["reblog"]["id"], boost["reblog"]["account"]["id"])
    assert [] == (await visitor.call("GET", f"{path}?exclude_reblogs=true"))[1]
    assert ["x"] == [seen.text for seen in visitor.server.public()]


async def test_a_link_is_previewed_by_the_main_line_alone_and_ids_of_gotosocial_are_no_numbers(
    visitor: Visitor,
) -> None:
    link = "https://journal.example/1"
    assert link == (await visitor.post(f"Lire {link}"))[1]["card"]["url"]
    visitor.server.instance.dialect = GOTOSOCIAL
    _, body = await visitor.post(f"Lire {link}")
    assert (None, 26, False) == (body["card"], len(body["id"]), body["id"].isdigit())


async def test_thirty_deletions_in_half_an_hour_are_the_limit(visitor: Visitor, clock: ManualClock) -> None:
    """The next is a 429 that names the moment; posting goes on, and so does deleting after it."""
    posts = [(await visitor.post(f"avis {n}"))[1]["id"] for n in range(31)]
    answers = [await visitor.call("DELETE", f"/api/v1/statuses/{post}") for post in posts]
    assert [200] * 30 + [429] == [status for status, _, _ in answers]
    assert "2026-12-17T09:30:00.000000+00:00" == answers[-1][2]["X-RateLimit-Reset"]
    assert 200 == (await visitor.post("encore"))[0]
    clock.advance(minutes=30)
    assert 200 == (await visitor.call("DELETE", f"/api/v1/statuses/{posts[-1]}"))[0]


async def test_budgets_are_told_in_iso_and_end_in_429_without_retry_after(visitor: Visitor) -> None:
    _, _, headers = await visitor.call("GET", "/api/v2/instance/")
    assert ("300", "299") == (headers["X-RateLimit-Limit"], headers["X-RateLimit-Remaining"])
    assert "2026-12-17T09:05:00.000000+00:00" == headers["X-RateLimit-Reset"]
    assert "Thu, 17 Dec 2026 09:00:00 GMT" == headers["Date"]
    visitor.server.meter = Exhausted(visitor.server.instance.clock)
    status, body, headers = await visitor.call("GET", "/api/v2/instance/")
    assert (429, {"error": "Throttled"}) == (status, body)
    assert "Retry-After" not in headers


class Exhausted(Meter):
    """Has spent everything."""

    def spend(self, who: str, method: str, path: str) -> tuple[bool, dict[str, str]]:
        return False, super().spend(who, method, path)[1]


def test_the_meter_counts_each_family_and_begins_again_with_its_window(clock: ManualClock) -> None:
    meter = Meter(clock)
    media = [meter.spend("desk", "POST", "/api/v2/media")[0] for _ in range(31)]
    assert [True] * 30 + [False] == media
    assert meter.spend("desk", "POST", "/api/v1/statuses")[0]
    assert meter.spend("other", "POST", "/api/v2/media")[0]
    clock.advance(minutes=30)
    assert meter.spend("desk", "POST", "/api/v2/media")[0]
