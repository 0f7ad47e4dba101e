# SPDX-License-Identifier: AGPL-3.0-or-later
"""Signing in to Bluesky and staying so; before the look-alike and before the reference PDS."""

import asyncio
from typing import Any

import pytest

from relay.faults import Held, Unauthorised, Unreachable, Unsure
from relay.testing.stage import fault_from, notice, willing

PROFILE = "app.bsky.actor.profile"
PUT, LOGIN, REFRESH = "putRecord$", "createSession$", "refreshSession$"


@pytest.fixture
def stage(bluesky_stage: Any) -> Any:
    return bluesky_stage


async def test_the_session_is_kept_and_used_again(stage: Any) -> None:
    """One login, stored at once with the rest of the credentials; the next start asks for none."""
    await stage.network().publish(notice(stage, "1"), "key-1", willing)
    (kept,) = stage.kept
    assert kept == {**stage.given, "session": kept["session"]}
    await stage.network(session=kept["session"]).publish(notice(stage, "2"), "key-2", willing)
    assert (1, 2, 0) == (stage.met(LOGIN), stage.met(PUT), stage.met(REFRESH))


async def test_an_expired_session_is_refreshed_once_and_kept(stage: Any) -> None:
    """The server says ExpiredToken; the notice goes out nevertheless, and the new session is stored."""
    await stage.network(session=await stage.expired()).publish(notice(stage, "En grève"), "key-1", willing)
    assert (1, 0) == (stage.met(REFRESH), stage.met(LOGIN))
    (kept,) = stage.kept
    await stage.network(session=kept["session"]).publish(notice(stage, "Encore"), "key-2", willing)
    assert (1, 2) == (stage.met(REFRESH), len(await stage.public()))


async def test_five_notices_at_once_refresh_an_expired_session_once(stage: Any) -> None:
    """A refresh token is turned over, so no two may use it at a time."""
    network = stage.network(session=await stage.expired())
    await asyncio.gather(*(network.publish(notice(stage, f"En grève {n}"), f"key-{n}", willing) for n in range(5)))
    assert (1, 0, 5) == (stage.met(REFRESH), stage.met(LOGIN), len(await stage.public()))


async def test_a_session_that_cannot_be_refreshed_is_opened_anew(stage: Any) -> None:
    """After ninety idle days the app password still opens; so it does when what was stored is nonsense."""
    await stage.network(session=await stage.expired("a.b.c")).publish(notice(stage, "1"), "key-1", willing)
    await stage.network(session="nonsense").publish(notice(stage, "2"), "key-2", willing)
    assert (2, 2) == (stage.met(LOGIN), len(await stage.public()))


async def test_a_revoked_app_password_is_unauthorised(stage: Any) -> None:
    """Once the token has run out: the person is asked to connect again."""
    stored = await stage.expired()
    await stage.revoke()
    fault = await fault_from(stage.network(session=stored).publish(notice(stage, "En grève"), "key-1", willing))
    assert isinstance(fault, Unauthorised)
    assert [] == await stage.public()


async def test_a_wrong_password_is_unauthorised(stage: Any) -> None:
    """Typed wrong: a sentence says what to do."""
    fault = await fault_from(stage.network(app_password="wrong").verify())
    assert type(fault) is Unauthorised


async def test_a_handle_may_be_typed_with_its_at(stage: Any) -> None:
    """And with the invisible marks that come along when it is copied."""
    handle = stage.given["identifier"]
    identity = await stage.network(identifier=f"\u202a@{handle}\u202c ").verify()
    assert (handle, f"https://bsky.app/profile/{handle}") == (identity.handle, identity.url)


async def test_an_account_that_was_taken_down_is_held(stage: Any) -> None:
    """With a session that is still good; without one the server only says that the password is wrong."""
    stored = await stage.stored()
    await stage.take_down()
    network = stage.network(session=stored)
    calls = [network.verify(), network.publish(notice(stage, "x"), "key-1", willing), stage.network().verify()]
    assert [Held, Held, Unauthorised] == [type(await fault_from(call)) for call in calls]


@pytest.mark.parametrize("labels", [["bot"], ["!no-unauthenticated"], []])
async def test_the_bot_label_and_the_name_are_read(stage: Any, labels: list[str]) -> None:
    """An account that declares itself automated is known as one."""
    own = {"$type": "com.atproto.label.defs#selfLabels", "values": [{"val": label} for label in labels]}
    await stage.write(PROFILE, "self", {"displayName": "La rédaction", "labels": own})
    identity = await stage.network().verify()
    assert ("La rédaction", labels == ["bot"]) == (identity.name, identity.bot)


async def test_tokens_are_struck_out_of_what_the_server_says(stage: Any) -> None:
    """Not only the password: the session's tokens are secrets as well."""
    stored = await stage.stored()
    words = "bad {2} and {3}".format(*stored.split(":::"))
    stage.plan.add(path=PUT, status=400, body=stage.refusal(words))
    fault = await fault_from(stage.network(session=stored).publish(notice(stage, "En grève"), "key-1", willing))
    assert "bad ‹secret› and ‹secret›" == fault.detail


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_token_never_follows_a_redirect(stage: Any, status: int) -> None:
    """Wherever the server points to, we do not go there."""
    await stage.session()
    stage.plan.add(path=PUT, status=status, headers={"Location": "/xrpc/elsewhere"}, body="")
    assert type(await fault_from(stage.network().publish(notice(stage, "En grève"), "key-1", willing))) is Unsure
    assert 0 == stage.met("elsewhere")


@pytest.mark.parametrize("service", ["https://{}", "http://10.0.0.1", "ftp://{}", "http://[", "https://"])
async def test_a_service_that_is_none_is_unreachable(look_alike_stage: Any, service: str) -> None:
    """No TLS there, a private address, no web address at all: nothing has left us."""
    address = service.format(look_alike_stage.address.removeprefix("http://"))
    network = look_alike_stage.network(service=address)
    assert (
        type(await fault_from(network.publish(notice(look_alike_stage, "En grève"), "key-1", willing))) is Unreachable
    )
    assert [] == look_alike_stage.plan.met
