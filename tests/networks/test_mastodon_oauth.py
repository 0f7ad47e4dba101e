# SPDX-License-Identifier: AGPL-3.0-or-later
"""An account is connected from the terminal, with the least scopes, and its token can be given back."""

import re
from collections.abc import AsyncIterator
from dataclasses import replace

import aiohttp
import pytest

from relay.faults import Invalid, Refused, Unauthorised, Unreachable
from relay.networks.mastodon import Mastodon
from relay.networks.mastodon_oauth import SCOPES, Asked, authorisation, exchange, register, server
from relay.outside.guard import Guard
from relay.square.mastodon_state import MASTODON_4_2
from relay.testing.fake_stage import keep_nothing
from relay.testing.mastodon_stage import MastodonStage
from relay.testing.stage import fault_from, notice, willing


@pytest.fixture
async def stage() -> AsyncIterator[MastodonStage]:
    stage = MastodonStage()
    await stage.open()
    yield stage
    await stage.outside.http.aclose()
    await stage.close()


async def approve(stage: MastodonStage, asked: Asked) -> str:
    """What a person does in the browser: open the page, choose the account, approve, copy the code."""
    (account,) = stage.server.instance.accounts
    async with aiohttp.ClientSession() as browser:
        async with browser.get(asked.url) as page:
            hidden = dict(re.findall(r'name="(\w+)" value="([^"]*)"', await page.text()))
        async with browser.post(asked.url, data={**hidden, "account": account}) as page:
            found = re.search(r'value="(c0de-\d+)"', await page.text())
    assert found is not None
    return found[1]


async def test_the_whole_way_from_a_name_to_a_post(stage: MastodonStage) -> None:
    """Register, approve, paste the code: the token posts and pins, and has no scope beyond those asked for."""
    registration = await register(stage.outside, server(stage.address, stage.outside.guard), "Piquet")
    asked = authorisation(stage.outside, registration)
    given = await exchange(stage.outside, registration, asked, f" {await approve(stage, asked)}\n")
    network = Mastodon(given, stage.outside, keep_nothing)
    receipt = await network.publish(notice(stage, "En grève"), "key-1", willing)
    await network.pin(receipt)
    await network.aclose()
    assert [seen.pinned for seen in stage.server.public()] == [True]
    assert stage.server.instance.tokens[given["token"]][1] == frozenset(SCOPES)


async def test_a_server_before_4_3_is_asked_for_the_older_scope(stage: MastodonStage) -> None:
    """Nobody knows "profile" there: reading accounts takes its place, and nothing else changes."""
    stage.server.instance.dialect = MASTODON_4_2
    registration = await register(stage.outside, stage.address)
    assert registration.scopes == ("read:accounts", *SCOPES[1:])
    asked = authorisation(stage.outside, registration)
    given = await exchange(stage.outside, registration, asked, await approve(stage, asked))
    network = Mastodon(given, stage.outside, keep_nothing)
    assert (await network.verify()).handle.startswith("@desk@")
    await network.aclose()


async def test_a_code_without_our_proof_is_worth_nothing(stage: MastodonStage) -> None:
    """Whoever reads the code over a shoulder cannot use it, and a wrong one is told in one sentence."""
    registration = await register(stage.outside, stage.address)
    asked = authorisation(stage.outside, registration)
    code = await approve(stage, asked)
    with pytest.raises(Invalid, match="does not take the code"):
        await exchange(stage.outside, registration, replace(asked, verifier="0" * 64), code)


async def test_a_revoked_token_is_dead_and_revoking_twice_is_no_fault(stage: MastodonStage) -> None:
    """One call, and the server forgets us."""
    registration = await register(stage.outside, stage.address)
    asked = authorisation(stage.outside, registration)
    given = await exchange(stage.outside, registration, asked, await approve(stage, asked))
    network = Mastodon(given, stage.outside, keep_nothing)
    await network.revoke()
    await network.revoke()
    assert type(await fault_from(network.verify())) is Unauthorised
    await network.aclose()


async def test_a_token_that_came_without_an_app_is_its_owners_to_revoke(stage: MastodonStage) -> None:
    """The server takes a token back from the app it was given to alone; where to go is said."""
    network = stage.network()
    fault = await fault_from(network.revoke())
    assert (Refused, True) == (type(fault), "in the account’s settings" in str(fault))
    await network.verify()
    await network.aclose()


async def test_a_server_that_is_down_took_nothing_back(stage: MastodonStage) -> None:
    """Unreachable, so that nobody believes the token dead."""
    stage.plan.add(status=503)
    assert type(await fault_from(stage.network().revoke())) is Unreachable


@pytest.mark.parametrize("fault", [{"status": 404}, {"html": True}, {"body": {}}, {"status": 302}], ids=str)
async def test_what_is_no_mastodon_server_is_said_so(stage: MastodonStage, fault: dict[str, object]) -> None:
    """A newspaper's front page is not a server of ours."""
    stage.plan.add(path="/api/v1/apps", **fault)  # type: ignore[arg-type]  # keywords of add, as data
    with pytest.raises(Invalid, match="does not answer as a Mastodon server"):
        await register(stage.outside, stage.address)


async def test_a_server_that_is_down_is_unreachable(stage: MastodonStage) -> None:
    """Nobody is told that the name is wrong when only the server sleeps."""
    stage.plan.add(status=503)
    stage.plan.add(drop="before")
    for _ in range(2):
        with pytest.raises(Unreachable):
            await register(stage.outside, stage.address)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("mastodon.social", "https://mastodon.social"),
        (" https://mastodon.social/ ", "https://mastodon.social"),
        ("https://Mastodon.Social/@me", "https://mastodon.social"),
        ("@me@mastodon.social", "https://mastodon.social"),
        ("me@mastodon.social", "https://mastodon.social"),
        ("127.0.0.1:4000", "http://127.0.0.1:4000"),
        ("http://localhost:4000/", "http://localhost:4000"),
    ],
)
def test_a_server_is_understood_as_people_write_it(typed: str, meant: str) -> None:
    assert server(typed, Guard(["127.0.0.0/8"])) == meant


@pytest.mark.parametrize(
    "typed",
    ["", "mastodon", "@me", "http://mastodon.social", "127.0.0.1:4000", "10.0.0.1", "my server.org", "ftp://a.b"],
)
def test_what_names_no_server_is_refused_in_one_sentence(typed: str) -> None:
    with pytest.raises(Invalid):
        server(typed, Guard())


def test_nothing_secret_shows_in_the_values() -> None:
    """They may be printed."""
    asked = Asked("https://mastodon.social/oauth/authorize", "st4te", "v3rifier")
    assert "st4te" not in repr(asked)
    assert "v3rifier" not in repr(asked)
