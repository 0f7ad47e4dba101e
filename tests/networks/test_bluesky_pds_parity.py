# SPDX-License-Identifier: AGPL-3.0-or-later
"""The look-alike PDS answers as the reference one: same status, same error, same words."""

from typing import Any

import aiohttp
import pytest

from relay.testing.stage import PNG

pytestmark = pytest.mark.xdist_group("pds")

POST, PROFILE = "app.bsky.feed.post", "app.bsky.actor.profile"
TID = "3mabcdefghij2"
SAID = {"$type": POST, "text": "En grève", "createdAt": "2026-12-17T09:00:00.000Z"}
FAMILY = "👩‍👩‍👧‍👦"
GHOST = "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku"
BLOB = {"$type": "blob", "ref": {"$link": GHOST}, "mimeType": "image/png", "size": 10}
LINK = {"$type": "app.bsky.richtext.facet#link", "uri": "https://journal.example"}
Json = dict[str, Any]


def put(record: Json, rkey: str = TID, collection: str = POST, **more: object) -> tuple[str, Json]:
    return "com.atproto.repo.putRecord", {"collection": collection, "rkey": rkey, "record": record, **more}


def external(**changes: object) -> Json:
    card: Json = {"uri": "https://journal.example", "title": "T", "description": "", **changes}
    return {**SAID, "embed": {"$type": "app.bsky.embed.external", "external": card}}


def images(*several: Json) -> Json:
    return {**SAID, "embed": {"$type": "app.bsky.embed.images", "images": list(several)}}


CALLS: dict[str, tuple[str, Json]] = {
    "good": put(SAID),
    "301 graphemes": put({**SAID, "text": "é" * 301}),
    "300 families": put({**SAID, "text": FAMILY * 300}),
    "300 graphemes": put({**SAID, "text": "é" * 300}),
    "empty text": put({**SAID, "text": ""}),
    "no text": put({"$type": POST, "createdAt": SAID["createdAt"]}),
    "no date": put({"$type": POST, "text": "x"}),
    "a date without a zone": put({**SAID, "createdAt": "2026-12-17T09:00:00"}),
    "a date with microseconds": put({**SAID, "createdAt": "2026-12-17T09:00:00.123456+00:00"}),
    "a language by name": put({**SAID, "langs": ["english"]}),
    "four languages": put({**SAID, "langs": ["fr", "en", "de", "it"]}),
    "a regional language": put({**SAID, "langs": ["fr-FR", "oc"]}),
    "nine tags": put({**SAID, "tags": ["a"] * 9}),
    "no TID": put(SAID, "greve"),
    "a TID too high": put(SAID, "zzzzzzzzzzzzz"),
    "a bad record key": put(SAID, "a b"),
    "another type": put({**SAID, "$type": "app.bsky.feed.like"}),
    "no type": put({"text": "x", "createdAt": SAID["createdAt"]}),
    "a card without a scheme": put(external(uri="journal.example")),
    "a card without a title": put(external(title=None) | {"text": "x"}),
    "a card": put(external()),
    "a ghost for a thumb": put(external(thumb=BLOB)),
    "a thumb too big": put(external(thumb={**BLOB, "size": 1_000_001})),
    "a text for a thumb": put(external(thumb={**BLOB, "mimeType": "text/plain"})),
    "a picture without alt": put(images({"image": BLOB})),
    "a picture too big": put(images({"image": {**BLOB, "size": 2_000_001}, "alt": ""})),
    "five pictures": put(images(*[{"image": BLOB, "alt": ""}] * 5)),
    "a facet without features": put({**SAID, "facets": [{"index": {"byteStart": 0, "byteEnd": 2}}]}),
    "a facet's bad link": put(
        {**SAID, "facets": [{"index": {"byteStart": 0, "byteEnd": 2}, "features": [{**LINK, "uri": "x"}]}]}
    ),
    "only if there is one": put(SAID, swapRecord=GHOST),
    "a profile elsewhere": put({"$type": PROFILE}, "me", PROFILE),
    "a profile": put({"$type": PROFILE, "displayName": "Desk"}, "self", PROFILE),
    "a name too long": put({"$type": PROFILE, "displayName": "x" * 65}, "self", PROFILE),
    "a collection nobody knows": put({"$type": "example.greve.avis", "n": 1}, "x", "example.greve.avis"),
    "delete what is not there": ("com.atproto.repo.deleteRecord", {"collection": POST, "rkey": TID}),
    "no such method": ("com.example.nothing", {}),
}


class Talker:
    """One signed-in account, whatever the server."""

    def __init__(self, stage: Any, session: Json) -> None:
        self.stage = stage
        self.session = session

    async def ask(self, nsid: str, body: Json, token: str = "") -> tuple[int, Json]:
        headers = {"Authorization": f"Bearer {token or self.session['accessJwt']}"}
        url = f"{self.stage.address}/xrpc/{nsid}"
        async with aiohttp.ClientSession() as session, session.post(url, json=body, headers=headers) as answer:
            return answer.status, dict(await answer.json() or {})

    async def write(self, nsid: str, body: Json) -> tuple[int, str, str]:
        """The status, the error and its message; the CID where it went well."""
        status, answer = await self.ask(nsid, {"repo": self.session["did"], **body})
        words = str(answer.get("message", answer.get("cid", "")))
        return status, str(answer.get("error", "")), words.replace(self.session["did"], "DID")

    async def get(self, nsid: str, **params: str) -> tuple[int, Json]:
        url = f"{self.stage.address}/xrpc/{nsid}"
        async with aiohttp.ClientSession() as session, session.get(url, params=params) as answer:
            return answer.status, dict(await answer.json())

    async def read(self, nsid: str, **params: str) -> tuple[int, str]:
        status, answer = await self.get(nsid, **params)
        return status, str(answer.get("error", ""))

    async def listed(self, **params: str) -> tuple[int, str, list[str], str]:
        """A page of the account's posts: the status, what is wrong with the question, the keys, the cursor."""
        did = self.session["did"]
        status, answer = await self.get("com.atproto.repo.listRecords", repo=did, collection=POST, **params)
        keys = [record["uri"].rpartition("/")[2] for record in answer.get("records", ())]
        return status, str(answer.get("message", "")), keys, str(answer.get("cursor"))


async def talker(stage: Any) -> Talker:
    given = {"identifier": stage.given["identifier"], "password": stage.given["app_password"]}
    return Talker(stage, await stage.call("com.atproto.server.createSession", given))


@pytest.fixture
async def both(look_alike_stage: Any, real_stage: Any) -> tuple[Talker, Talker]:
    return await talker(look_alike_stage), await talker(real_stage)


@pytest.mark.parametrize("name", CALLS)
async def test_a_write_is_answered_alike(both: tuple[Talker, Talker], name: str) -> None:
    """Taken or refused, with the same words and the same content identifier."""
    ours, theirs = both
    assert await theirs.write(*CALLS[name]) == await ours.write(*CALLS[name])


async def test_the_same_key_again_is_answered_alike(both: tuple[Talker, Talker]) -> None:
    """The identical record is a no-op even where there should be none; another one is refused."""
    story = [
        put(SAID, swapRecord=None),
        put(SAID, swapRecord=None),
        put({**SAID, "text": "autre"}, swapRecord=None),
        put({**SAID, "text": "autre"}),
        ("com.atproto.repo.createRecord", {"collection": POST, "rkey": TID, "record": SAID}),
        ("com.atproto.repo.deleteRecord", {"collection": POST, "rkey": TID}),
        ("com.atproto.repo.deleteRecord", {"collection": POST, "rkey": TID}),
        ("com.atproto.repo.createRecord", {"collection": POST, "rkey": TID, "record": SAID}),
    ]
    ours, theirs = [[await one.write(*step) for step in story] for one in both]
    assert theirs == ours


async def test_reading_is_answered_alike(both: tuple[Talker, Talker]) -> None:
    """What is not there is named the same."""
    for nsid, params in (
        ("com.atproto.repo.getRecord", {"collection": POST, "rkey": TID}),
        ("com.atproto.repo.listRecords", {"collection": POST}),
        ("com.atproto.repo.describeRepo", {}),
        ("com.atproto.identity.resolveHandle", {"handle": "nobody.test"}),
        ("com.atproto.server.getSession", {}),
        ("com.atproto.server.describeServer", {}),
    ):
        ours, theirs = [await one.read(nsid, repo=one.session["did"], **params) for one in both]
        assert (nsid, *theirs) == (nsid, *ours)


async def test_posts_are_listed_alike(both: tuple[Talker, Talker]) -> None:
    """By key, page by page, either way; a page of none, of too many or of nonsense is refused in the same words."""
    for one in both:
        for key in ("a", "c", "b", "e", "d"):
            await one.write(*put(SAID, f"3mabcdefghij{key}"))
    questions: list[dict[str, str]] = [
        {},
        {"limit": "2"},
        {"limit": "2", "cursor": "3mabcdefghijd"},
        {"limit": "5", "cursor": "3mabcdefghija"},
        {"limit": "2", "reverse": "true"},
        {"limit": "2", "reverse": "true", "cursor": "3mabcdefghijb"},
        {"limit": "100"},
        {"limit": "101"},
        {"limit": "0"},
        {"limit": "x"},
    ]
    ours, theirs = [[await one.listed(**question) for question in questions] for one in both]
    assert theirs == ours


async def test_a_bad_token_is_answered_alike(both: tuple[Talker, Talker]) -> None:
    """Nonsense, a refresh token in the wrong place, a token that has run out."""
    for make in (lambda one: "nonsense", lambda one: one.session["refreshJwt"]):
        ours, theirs = [await one.ask(*put(SAID, repo=one.session["did"]), token=make(one)) for one in both]
        assert theirs == ours


async def test_a_refresh_token_rotates_alike(both: tuple[Talker, Talker]) -> None:
    """The used one lives on for a while and gives the same follower; a revoked one gives none."""
    for one in both:
        nsid, token = "com.atproto.server.refreshSession", one.session["refreshJwt"]
        url, headers = f"{one.stage.address}/xrpc/{nsid}", {"Authorization": f"Bearer {token}"}
        answers = []
        async with aiohttp.ClientSession() as session:
            for revoked in (False, False, True):
                if revoked:
                    await one.stage.revoke()
                async with session.post(url, headers=headers) as answer:
                    answers.append((answer.status, (await answer.json()).get("message", "")))
        assert [(200, ""), (200, ""), (400, "Token has been revoked")] == answers


async def test_the_right_and_the_wrong_password_are_answered_alike(both: tuple[Talker, Talker]) -> None:
    """The session has the same fields; a wrong password, an unknown handle the same refusal."""
    tries = [("", "wrong"), ("nobody.test", "wrong"), ("not a handle", "wrong")]
    ours, theirs = [
        [
            await one.ask(
                "com.atproto.server.createSession",
                {"identifier": name or one.stage.given["identifier"], "password": password},
            )
            for name, password in tries
        ]
        for one in both
    ]
    assert theirs == ours
    kept = {"accessJwt", "refreshJwt", "did", "handle", "didDoc", "active"}
    assert [kept, kept] == [kept & one.session.keys() for one in both]


async def test_a_picture_is_taken_by_its_bytes_alike(both: tuple[Talker, Talker]) -> None:
    """The type is read from the bytes; what is too large is refused."""
    for data in (PNG, b"\xff\xd8\xff\xe0" + b"\0" * 40, b"nonsense", b"x" * 5_300_000):
        answers = []
        for one in both:
            url = f"{one.stage.address}/xrpc/com.atproto.repo.uploadBlob"
            headers = {"Authorization": f"Bearer {one.session['accessJwt']}", "Content-Type": "image/webp"}
            async with aiohttp.ClientSession() as session, session.post(url, data=data, headers=headers) as answer:
                answers.append((answer.status, (await answer.json()).get("blob")))
        assert answers[1] == answers[0]
