# SPDX-License-Identifier: AGPL-3.0-or-later
"""What is Bluesky's own: facets, cards, sessions, pins; before the look-alike and before the reference PDS."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from relay.faults import Held, Refused, Unauthorised, Unreachable, Unsure
from relay.networks import tid
from relay.networks.port import LinkCard, Post, Span
from relay.square.pds_tokens import sign
from relay.testing.stage import PNG, fault_from, notice, picture

POST, PROFILE = "app.bsky.feed.post", "app.bsky.actor.profile"
URL = "https://journal.example/article"
CARD = LinkCard(URL, "Un titre", "Un chapeau", PNG)
PUT, UPLOAD, LOGIN, REFRESH = "putRecord$", "uploadBlob$", "createSession$", "refreshSession$"


@pytest.fixture(params=["look_alike_stage", pytest.param("real_stage", marks=pytest.mark.xdist_group("pds"))])
def stage(request: pytest.FixtureRequest) -> Any:
    return request.getfixturevalue(request.param)


async def session(stage: Any) -> dict[str, Any]:
    """A session of the account's own, past the network under test."""
    given = {"identifier": stage.given["identifier"], "password": stage.given["app_password"]}
    opened = await stage.call("com.atproto.server.createSession", given)
    stage.plan.met.clear()  # this was not the network's doing
    return dict(opened)


async def write(stage: Any, collection: str, rkey: str, record: dict[str, Any]) -> dict[str, Any]:
    """Put a record as the account's owner would with another program."""
    me = await session(stage)
    body = {"repo": me["did"], "collection": collection, "rkey": rkey, "record": record}
    return dict(await stage.call("com.atproto.repo.putRecord", body, me["accessJwt"]))


async def read(stage: Any, collection: str, rkey: str) -> dict[str, Any]:
    """The record as the server has it."""
    network = stage.network()
    there = await network._get(collection, rkey)
    await network.aclose()
    return dict(there["value"])


def met(stage: Any, ending: str) -> int:
    """How many requests to a method came by."""
    return sum(path.endswith(ending.rstrip("$")) for _, path in stage.plan.met)


async def expired(stage: Any, refresh: str = "") -> str:
    """A stored session whose access token has run out, and perhaps another refresh token."""
    me = await session(stage)
    claims = {"scope": "com.atproto.appPass", "aud": "did:web:localhost", "sub": me["did"], "iat": 1, "exp": 2}
    access = sign("at+jwt", claims, stage.signed_with)
    return f"{me['handle']}:::{me['did']}:::{access}:::{refresh or me['refreshJwt']}:::{stage.address}"


async def test_facets_count_bytes(stage: Any) -> None:
    """Accents, emoji and families before a link move neither the link nor the hashtag."""
    head = "👩‍👩‍👧‍👦 Été 🇫🇷 : "
    text = f"{head}#Grève journal.example/… fin"
    tag = Span(len(head), len(head) + 6, "hashtag", "Grève")
    link = Span(len(head) + 7, len(head) + 24, "link", URL)
    await stage.network().publish(Post(text, stage.clock.now(), (link, tag), ("fr",)), "key-1")
    (seen,) = await stage.public()
    assert (("Grève",), (URL,)) == (seen.hashtags, seen.links)
    facets = (await read(stage, POST, seen.id.rpartition("/")[2]))["facets"]
    cut = [text.encode()[facet["index"]["byteStart"] : facet["index"]["byteEnd"]].decode() for facet in facets]
    assert ["#Grève", "journal.example/…"] == cut


async def test_three_hundred_graphemes_fit_however_many_code_points(stage: Any) -> None:
    """A flag is one character; three thousand bytes are the other limit."""
    await stage.network().publish(notice(stage, "🇫🇷" * 300), "key-1")
    assert ["🇫🇷" * 300] == [seen.text for seen in await stage.public()]
    for words in ("🇫🇷" * 301, "👩‍👩‍👧‍👦" * 130):
        assert type(await fault_from(stage.network().publish(notice(stage, words), "key-2"))) is Refused
    assert 1 == met(stage, PUT)


async def test_a_card_arrives_with_its_picture(stage: Any) -> None:
    """Title, description and thumbnail come from us; the server fetches nothing."""
    await stage.network().publish(replace(notice(stage, "En grève"), card=CARD), "key-1")
    (seen,) = await stage.public()
    assert URL == seen.card_url
    external = (await read(stage, POST, seen.id.rpartition("/")[2]))["embed"]["external"]
    assert ("Un titre", "Un chapeau", len(PNG)) == (
        external["title"],
        external["description"],
        external["thumb"]["size"],
    )


@pytest.mark.parametrize("fault", [{"status": 413}, {"status": 500}, {"status": 429}, {"drop": "before"}])
async def test_a_thumbnail_that_fails_costs_only_the_thumbnail(stage: Any, fault: dict[str, Any]) -> None:
    """The post goes out with the card all the same."""
    stage.plan.add(path=UPLOAD, body={"error": "X", "message": "non"}, **fault)
    await stage.network().publish(replace(notice(stage, "En grève"), card=CARD), "key-1")
    assert [URL] == [seen.card_url for seen in await stage.public()]


async def test_a_card_that_is_refused_costs_only_the_card(stage: Any) -> None:
    """The server does not take the card's address; the notice goes out without it."""
    card = replace(CARD, url="no address at all")
    await stage.network().publish(replace(notice(stage, "En grève"), card=card), "key-1")
    assert [("En grève", "")] == [(seen.text, seen.card_url) for seen in await stage.public()]


async def test_a_retry_returns_what_stands_although_its_card_differs(stage: Any) -> None:
    """First try: no thumbnail, and the answer lost. Second try: a thumbnail. One post, the first, untouched."""
    network, post = stage.network(), replace(notice(stage, "En grève"), card=CARD)
    stage.plan.add(path=UPLOAD, status=500, body={})
    stage.plan.add(path=PUT, drop="after")
    assert type(await fault_from(network.publish(post, "key-1"))) is Unsure
    found = await network.find(post, "key-1")
    assert found == await network.publish(post, "key-1")
    (seen,) = await stage.public()
    assert found is not None
    assert found.id == seen.id


async def test_another_record_in_our_place_is_not_overwritten(stage: Any) -> None:
    """What somebody else wrote under our key stands; we say so instead of claiming it."""
    post = notice(stage, "En grève")
    rkey = tid.derive(post.created_at, "key-1")
    await write(stage, POST, rkey, {"text": "Autre chose", "createdAt": "2026-12-17T08:00:00.000Z"})
    network = stage.network()
    assert type(await fault_from(network.publish(post, "key-1"))) is Refused
    assert await network.find(post, "key-1") is None
    assert ["Autre chose"] == [seen.text for seen in await stage.public()]


async def test_a_picture_whose_upload_is_lost_was_never_posted(stage: Any) -> None:
    """Nobody sees a blob: the next try is safe."""
    stage.plan.add(path=UPLOAD, drop="after")
    network, post = stage.network(), notice(stage, "En grève", pictures=(picture(),))
    assert type(await fault_from(network.publish(post, "key-1"))) is Unreachable
    await network.publish(post, "key-1")
    assert [1] == [seen.images for seen in await stage.public()]


async def test_the_session_is_kept_and_used_again(stage: Any) -> None:
    """One login, stored at once with the rest of the credentials; the next start asks for none."""
    await stage.network().publish(notice(stage, "1"), "key-1")
    (kept,) = stage.kept
    assert kept == {**stage.given, "session": kept["session"]}
    await stage.network(session=kept["session"]).publish(notice(stage, "2"), "key-2")
    assert (1, 2, 0) == (met(stage, LOGIN), met(stage, PUT), met(stage, REFRESH))


async def test_one_request_a_post(stage: Any) -> None:
    """Thirty articles cost thirty requests and one login."""
    network = stage.network()
    for n in range(30):
        await network.publish(notice(stage, f"En grève {n}"), f"key-{n}")
    assert 31 == len(stage.plan.met)
    assert 30 == len(await stage.public())


async def test_an_expired_session_is_refreshed_once_and_kept(stage: Any) -> None:
    """The server says ExpiredToken; the notice goes out nevertheless, and the new session is stored."""
    await stage.network(session=await expired(stage)).publish(notice(stage, "En grève"), "key-1")
    assert (1, 0) == (met(stage, REFRESH), met(stage, LOGIN))
    (kept,) = stage.kept
    await stage.network(session=kept["session"]).publish(notice(stage, "Encore"), "key-2")
    assert (1, 2) == (met(stage, REFRESH), len(await stage.public()))


async def test_five_notices_at_once_refresh_an_expired_session_once(stage: Any) -> None:
    """A refresh token is turned over, so no two may use it at a time."""
    network = stage.network(session=await expired(stage))
    await asyncio.gather(*(network.publish(notice(stage, f"En grève {n}"), f"key-{n}") for n in range(5)))
    assert (1, 0, 5) == (met(stage, REFRESH), met(stage, LOGIN), len(await stage.public()))


async def test_a_session_that_cannot_be_refreshed_is_opened_anew(stage: Any) -> None:
    """After ninety idle days the app password still opens; so it does when what was stored is nonsense."""
    await stage.network(session=await expired(stage, "a.b.c")).publish(notice(stage, "1"), "key-1")
    await stage.network(session="nonsense").publish(notice(stage, "2"), "key-2")
    assert (2, 2) == (met(stage, LOGIN), len(await stage.public()))


async def test_a_revoked_app_password_is_unauthorised(stage: Any) -> None:
    """Once the token has run out: the person is asked to connect again."""
    stored = await expired(stage)
    await stage.revoke()
    fault = await fault_from(stage.network(session=stored).publish(notice(stage, "En grève"), "key-1"))
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
    me = await session(stage)
    stored = f"{me['handle']}:::{me['did']}:::{me['accessJwt']}:::{me['refreshJwt']}:::{stage.address}"
    await stage.take_down()
    network = stage.network(session=stored)
    calls = [network.verify(), network.publish(notice(stage, "x"), "key-1"), stage.network().verify()]
    assert [Held, Held, Unauthorised] == [type(await fault_from(call)) for call in calls]


@pytest.mark.parametrize("labels", [["bot"], ["!no-unauthenticated"], []])
async def test_the_bot_label_and_the_name_are_read(stage: Any, labels: list[str]) -> None:
    """An account that declares itself automated is known as one."""
    own = {"$type": "com.atproto.label.defs#selfLabels", "values": [{"val": label} for label in labels]}
    await write(stage, PROFILE, "self", {"displayName": "La rédaction", "labels": own})
    identity = await stage.network().verify()
    assert ("La rédaction", labels == ["bot"]) == (identity.name, identity.bot)


async def test_pinning_leaves_the_rest_of_the_profile_alone(stage: Any) -> None:
    """Name, labels and the earlier pin are afterwards what they were before."""
    network = stage.network()
    old, new = [await network.publish(notice(stage, text), text) for text in ("ancien", "grève")]
    profile = {
        "$type": PROFILE,
        "displayName": "La rédaction",
        "labels": {"$type": "com.atproto.label.defs#selfLabels", "values": [{"val": "bot"}]},
        "pinnedPost": {"uri": old.id, "cid": old.revision},
    }
    await write(stage, PROFILE, "self", profile)
    before = await network.pin(new)
    assert {**profile, "pinnedPost": {"uri": new.id, "cid": new.revision}} == await read(stage, PROFILE, "self")
    await network.unpin(new, before)
    assert profile == await read(stage, PROFILE, "self")


async def test_a_pin_changed_by_hand_is_left_alone(stage: Any) -> None:
    """Somebody pinned something else during the strike: that stays."""
    network = stage.network()
    ours, theirs = [await network.publish(notice(stage, text), text) for text in ("grève", "autre")]
    before = await network.pin(ours)
    await write(stage, PROFILE, "self", {"pinnedPost": {"uri": theirs.id, "cid": theirs.revision}})
    await network.unpin(ours, before)
    assert {theirs.id} == {seen.id for seen in await stage.public() if seen.pinned}


async def test_a_pin_whose_answer_is_lost_still_remembers(stage: Any) -> None:
    """Only then can it be told what was there before."""
    network = stage.network()
    old, new = [await network.publish(notice(stage, text), text) for text in ("ancien", "grève")]
    await network.pin(old)
    stage.plan.add(path=PUT, drop="after")
    await network.unpin(new, await network.pin(new))
    assert {old.id} == {seen.id for seen in await stage.public() if seen.pinned}


async def test_a_profile_edited_at_the_same_moment_is_not_overwritten(stage: Any) -> None:
    """The swap is refused, nothing is lost, and trying again is safe."""
    network = stage.network()
    receipt = await network.publish(notice(stage, "grève"), "key-1")
    stage.plan.add(path=PUT, status=400, body={"error": "InvalidSwap", "message": "Record was at x"})
    assert type(await fault_from(network.pin(receipt))) is Unreachable


async def test_tokens_are_struck_out_of_what_the_server_says(stage: Any) -> None:
    """Not only the password: the session's tokens are secrets as well."""
    me = await session(stage)
    stored = f"{me['handle']}:::{me['did']}:::{me['accessJwt']}:::{me['refreshJwt']}:::{stage.address}"
    words = f"bad {me['accessJwt']} and {me['refreshJwt']}"
    stage.plan.add(path=PUT, status=400, body=stage.refusal(words))
    fault = await fault_from(stage.network(session=stored).publish(notice(stage, "En grève"), "key-1"))
    assert "bad ‹secret› and ‹secret›" == fault.detail


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_token_never_follows_a_redirect(stage: Any, status: int) -> None:
    """Wherever the server points to, we do not go there."""
    await session(stage)
    stage.plan.add(path=PUT, status=status, headers={"Location": "/xrpc/elsewhere"}, body="")
    assert type(await fault_from(stage.network().publish(notice(stage, "En grève"), "key-1"))) is Unsure
    assert 0 == met(stage, "elsewhere")


@pytest.mark.parametrize("service", ["https://{}", "http://10.0.0.1", "ftp://{}", "http://[", "https://"])
async def test_a_service_that_is_none_is_unreachable(look_alike_stage: Any, service: str) -> None:
    """No TLS there, a private address, no web address at all: nothing has left us."""
    address = service.format(look_alike_stage.address.removeprefix("http://"))
    network = look_alike_stage.network(service=address)
    assert type(await fault_from(network.publish(notice(look_alike_stage, "En grève"), "key-1"))) is Unreachable
    assert [] == look_alike_stage.plan.met
