# SPDX-License-Identifier: AGPL-3.0-or-later
"""The look-alike PDS on its own: limits, all-or-nothing writes, sessions, what the public sees.

That it answers as the reference PDS does is proven in tests/networks/test_bluesky_pds_parity.py.
"""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import aiohttp
import pytest

from relay.clock import ManualClock
from relay.networks import tid
from relay.square.pds import Pds
from relay.square.pds_lexicon import POST, PROFILE

NOON = datetime(2026, 12, 17, 12, tzinfo=UTC)
SAID = {"text": "En grève", "createdAt": "2026-12-17T12:00:00Z"}


class Client:
    """Bare requests of one account."""

    def __init__(self, pds: Pds, clock: ManualClock, session: aiohttp.ClientSession) -> None:
        self.pds, self.clock, self._session = pds, clock, session
        self.given = pds.join("desk.test")
        self.token, self.did, self._keys = "", pds.repo("desk.test").did, 0

    async def ask(self, nsid: str, body: dict[str, Any], token: str = "") -> tuple[int, Any, Any]:
        headers = {"Authorization": f"Bearer {token or self.token}"}
        url = f"{self.pds.address}/xrpc/{nsid}"
        async with self._session.post(url, json=body or None, headers=headers) as answer:
            return answer.status, await answer.json(), answer.headers

    async def log_in(self) -> tuple[int, Any]:
        body = {"identifier": self.given["identifier"], "password": self.given["app_password"]}
        status, answer, _ = await self.ask("com.atproto.server.createSession", body)
        self.token = answer.get("accessJwt", self.token)
        return status, answer

    def writes(self, count: int, record: dict[str, Any] | None = None) -> dict[str, Any]:
        value = record or SAID
        kind = "com.atproto.repo.applyWrites#create"
        start, self._keys = self._keys, self._keys + count
        keys = [tid.encode(1_000_000 + n, 0) for n in range(start, start + count)]
        return {
            "repo": self.did,
            "writes": [{"$type": kind, "collection": POST, "rkey": key, "value": value} for key in keys],
        }


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    clock = ManualClock(NOON)
    pds = Pds(clock, wall=clock)
    await pds.start()
    async with aiohttp.ClientSession() as session:
        one = Client(pds, clock, session)
        await one.log_in()
        yield one
    await pds.stop()


async def test_the_thirty_first_login_in_five_minutes_is_throttled(client: Client) -> None:
    """https://docs.bsky.app/docs/advanced-guides/rate-limits; five minutes later it goes on."""
    assert [200] * 29 == [(await client.log_in())[0] for _ in range(29)]
    status, answer, headers = await client.ask("com.atproto.server.createSession", {**_login(client)})
    assert (429, "RateLimitExceeded") == (status, answer["error"])
    assert ("30;w=300", "0") == (headers["ratelimit-policy"], headers["ratelimit-remaining"])
    assert NOON.timestamp() + 300 == int(headers["ratelimit-reset"])
    assert "300" == headers["retry-after"]
    client.clock.advance(seconds=300)
    assert 200 == (await client.log_in())[0]


async def test_five_thousand_points_an_hour(client: Client) -> None:
    """Eight times two hundred new posts fit; the ninth does not, an hour later it does."""
    nsid = "com.atproto.repo.applyWrites"
    assert [200] * 8 == [(await client.ask(nsid, client.writes(200)))[0] for _ in range(8)]
    assert 429 == (await client.ask(nsid, client.writes(200)))[0]
    client.clock.advance(hours=1)
    assert 200 == (await client.ask(nsid, client.writes(200)))[0]


async def test_writes_are_applied_all_or_not_at_all(client: Client) -> None:
    """One that is refused undoes its neighbours; more than two hundred are refused whole."""
    nsid, repo = "com.atproto.repo.applyWrites", client.pds.repo("desk.test")
    body = client.writes(2)
    body["writes"][1]["value"] = {**SAID, "text": "x" * 301}
    assert 400 == (await client.ask(nsid, body))[0]
    assert 400 == (await client.ask(nsid, client.writes(201)))[0]
    assert {} == repo.records


async def test_a_key_of_the_servers_own_is_a_new_one_each_time(client: Client) -> None:
    """Even if its clock stands still."""
    body = {"repo": client.did, "collection": POST, "record": SAID}
    for _ in range(3):
        assert 200 == (await client.ask("com.atproto.repo.createRecord", body))[0]
    assert 3 == len(client.pds.public())


@pytest.mark.parametrize("index", [(0, 99), (4, 6), (6, 7), (3, 3), (5, 3)], ids=str)
async def test_a_facet_that_no_client_would_show_is_refused(client: Client, index: tuple[int, int]) -> None:
    """The one thing in which this server is stricter than the reference: the text has 9 bytes, è is bytes 5 and 6."""
    feature = {"$type": "app.bsky.richtext.facet#tag", "tag": "x"}
    facet = {"index": {"byteStart": index[0], "byteEnd": index[1]}, "features": [feature]}
    body = {"repo": client.did, "collection": POST, "record": {**SAID, "facets": [facet]}}
    assert 400 == (await client.ask("com.atproto.repo.createRecord", body))[0]


async def test_an_access_token_lives_two_hours_and_a_used_refresh_token_two_more(client: Client) -> None:
    """As the reference: expired is a 400; a refresh token used twice gives the same follower for a while."""
    _, answer = await client.log_in()
    refresh, nsid = answer["refreshJwt"], "com.atproto.server.refreshSession"
    client.clock.advance(minutes=121)
    status, no, _ = await client.ask("com.atproto.repo.deleteRecord", {"repo": client.did})
    assert (400, "InvalidRequest") == (status, no["error"])
    body = {"repo": client.did, "collection": POST, "rkey": "x"}
    status, no, _ = await client.ask("com.atproto.repo.deleteRecord", body)
    assert (400, "ExpiredToken") == (status, no["error"])
    assert [200, 200] == [(await client.ask(nsid, {}, refresh))[0] for _ in range(2)]
    client.clock.advance(minutes=121)
    assert "Token has been revoked" == (await client.ask(nsid, {}, refresh))[1]["message"]


async def test_blobs_are_public_only_once_a_record_names_them(client: Client) -> None:
    """What was uploaded and not posted cannot be fetched."""
    repo = client.pds.repo("desk.test")
    ref = repo.upload(b"\xff\xd8\xff rest", "image/jpeg")
    url = f"{client.pds.address}/xrpc/com.atproto.sync.getBlob?did={client.did}&cid={ref['ref']['$link']}"
    assert 400 == await _status(url)
    repo.put((PROFILE, "self"), {"displayName": "x", "avatar": ref})
    assert 200 == await _status(url)


async def test_records_are_listed_newest_first_a_page_at_a_time(client: Client) -> None:
    """The cursor is the last key seen."""
    await client.ask("com.atproto.repo.applyWrites", client.writes(5))
    url = f"{client.pds.address}/xrpc/com.atproto.repo.listRecords?repo={client.did}&collection={POST}&limit=2"
    seen: list[str] = []
    cursor: str | None = ""
    async with aiohttp.ClientSession() as session:
        while cursor is not None:
            async with session.get(f"{url}&cursor={cursor}") as answer:
                page = await answer.json()
            seen += [record["uri"].rpartition("/")[2] for record in page["records"]]
            cursor = page.get("cursor")
    assert [tid.encode(1_000_000 + n, 0) for n in (4, 3, 2, 1, 0)] == seen


async def test_the_public_sees_facets_pins_and_no_account_that_was_taken_down(client: Client) -> None:
    """A hashtag that is only typed is no hashtag."""
    repo = client.pds.repo("desk.test")
    feature = {"$type": "app.bsky.richtext.facet#tag", "tag": "Marquée"}
    facet = {"index": {"byteStart": 0, "byteEnd": 9}, "features": [feature]}
    put = repo.put((POST, tid.encode(1, 1)), {**SAID, "text": "#Marquée #tapée", "facets": [facet], "langs": ["fr"]})
    repo.put((PROFILE, "self"), {"pinnedPost": {"uri": put["uri"], "cid": put["cid"]}})
    (seen,) = client.pds.public()
    assert (("Marquée",), "fr", True, "desk.test") == (seen.hashtags, seen.language, seen.pinned, seen.account)
    client.pds.set_status("desk.test", "takendown")
    assert [] == client.pds.public()


def _login(client: Client) -> dict[str, str]:
    return {"identifier": client.given["identifier"], "password": client.given["app_password"]}


async def _status(url: str) -> int:
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        return answer.status
