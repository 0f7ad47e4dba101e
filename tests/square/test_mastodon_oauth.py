# SPDX-License-Identifier: AGPL-3.0-or-later
"""The look-alike's OAuth refuses what Mastodon's refuses. The whole way through it: tests/networks."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import aiohttp
import pytest

from relay.clock import ManualClock
from relay.square.mastodon import LookalikeMastodon

APP = {
    "client_name": "Piquet",
    "redirect_uris": "urn:ietf:wg:oauth:2.0:oob\nhttps://piquet.example/back",
    "scopes": "profile write",
}


@pytest.fixture
async def server() -> AsyncIterator[LookalikeMastodon]:
    server = LookalikeMastodon(ManualClock(datetime(2026, 12, 17, 9, tzinfo=UTC)))
    server.create_account("desk")
    await server.start()
    yield server
    await server.stop()


async def call(server: LookalikeMastodon, method: str, path: str, **more: Any) -> tuple[int, Any, Any]:
    async with (
        aiohttp.ClientSession() as session,
        session.request(method, server.address + path, allow_redirects=False, **more) as answer,
    ):
        body = await answer.json() if answer.content_type == "application/json" else await answer.text()
        return answer.status, body, answer.headers


@pytest.fixture
async def asking(server: LookalikeMastodon) -> dict[str, str]:
    """The query of a request that would be granted."""
    _, app, _ = await call(server, "POST", "/api/v1/apps", data=APP)
    return {
        "client_id": app["client_id"],
        "response_type": "code",
        "redirect_uri": "https://piquet.example/back",
        "scope": "write",
        "state": "st4te",
    }


async def test_the_redirect_carries_code_and_state(server: LookalikeMastodon, asking: dict[str, str]) -> None:
    account = next(iter(server.instance.accounts))
    assert 200 == (await call(server, "GET", "/oauth/authorize", params=asking))[0]
    status, _, headers = await call(server, "POST", "/oauth/authorize", data={**asking, "account": account})
    assert 302 == status
    assert headers["Location"].startswith("https://piquet.example/back?code=c0de-")
    assert headers["Location"].endswith("&state=st4te")


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"client_id": "nobody"}, 401),
        ({"redirect_uri": "https://thief.example/"}, 400),
        ({"scope": "write read"}, 400),
        ({"scope": "write:statuses"}, 400),
        ({"response_type": "token"}, 400),
        ({"code_challenge": "x", "code_challenge_method": "plain"}, 400),
    ],
)
async def test_what_was_not_registered_is_not_granted(
    server: LookalikeMastodon, asking: dict[str, str], change: dict[str, str], expected: int
) -> None:
    assert expected == (await call(server, "GET", "/oauth/authorize", params={**asking, **change}))[0]


async def test_the_password_grant_is_gone_and_a_wrong_secret_is_401(server: LookalikeMastodon) -> None:
    _, app, _ = await call(server, "POST", "/api/v1/apps", data=APP)
    client = {"client_id": app["client_id"], "client_secret": app["client_secret"]}
    status, body, _ = await call(server, "POST", "/oauth/token", data={**client, "grant_type": "password"})
    assert (400, "unsupported_grant_type") == (status, body["error"])
    wrong = {**client, "client_secret": "guess", "grant_type": "client_credentials"}
    assert 401 == (await call(server, "POST", "/oauth/token", data=wrong))[0]
    assert 200 == (await call(server, "POST", "/oauth/token", data={**client, "grant_type": "client_credentials"}))[0]
    assert 403 == (await call(server, "POST", "/oauth/revoke", data={**wrong, "token": "any"}))[0]


async def test_an_unknown_scope_is_not_registered(server: LookalikeMastodon) -> None:
    assert 422 == (await call(server, "POST", "/api/v1/apps", data={**APP, "scopes": "write boost"}))[0]


async def test_it_says_that_it_knows_pkce(server: LookalikeMastodon) -> None:
    _, told, _ = await call(server, "GET", "/.well-known/oauth-authorization-server")
    assert ["S256"] == told["code_challenge_methods_supported"]
