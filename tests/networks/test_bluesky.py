# SPDX-License-Identifier: AGPL-3.0-or-later
"""What is Bluesky's own in a post: facets, cards, keys; before the look-alike and before the reference PDS."""

from dataclasses import replace
from typing import Any

import pytest

from relay.faults import Refused, Unreachable, Unsure
from relay.networks import tid
from relay.networks.port import LinkCard, Post, Span
from relay.testing.stage import PNG, fault_from, notice, picture, willing

POST = "app.bsky.feed.post"
URL = "https://journal.example/article"
CARD = LinkCard(URL, "Un titre", "Un chapeau", PNG)
PUT, UPLOAD = "putRecord$", "uploadBlob$"


@pytest.fixture
def stage(bluesky_stage: Any) -> Any:
    return bluesky_stage


async def test_facets_count_bytes(stage: Any) -> None:
    """Accents, emoji and families before a link move neither the link nor the hashtag."""
    head = "👩‍👩‍👧‍👦 Été 🇫🇷 : "
    text = f"{head}#Grève journal.example/… fin"
    tag = Span(len(head), len(head) + 6, "hashtag", "Grève")
    link = Span(len(head) + 7, len(head) + 24, "link", URL)
    await stage.network().publish(Post(text, stage.clock.now(), (link, tag), ("fr",)), "key-1", willing)
    (seen,) = await stage.public()
    assert (("Grève",), (URL,)) == (seen.hashtags, seen.links)
    facets = (await stage.read(POST, seen.id.rpartition("/")[2]))["facets"]
    cut = [text.encode()[facet["index"]["byteStart"] : facet["index"]["byteEnd"]].decode() for facet in facets]
    assert ["#Grève", "journal.example/…"] == cut


async def test_three_hundred_graphemes_fit_however_many_code_points(stage: Any) -> None:
    """A flag is one character; three thousand bytes are the other limit."""
    await stage.network().publish(notice(stage, "🇫🇷" * 300), "key-1", willing)
    assert ["🇫🇷" * 300] == [seen.text for seen in await stage.public()]
    for words in ("🇫🇷" * 301, "👩‍👩‍👧‍👦" * 130):
        assert type(await fault_from(stage.network().publish(notice(stage, words), "key-2", willing))) is Refused
    assert 1 == stage.met(PUT)


async def test_a_card_arrives_with_its_picture(stage: Any) -> None:
    """Title, description and thumbnail come from us; the server fetches nothing."""
    await stage.network().publish(replace(notice(stage, "En grève"), card=CARD), "key-1", willing)
    (seen,) = await stage.public()
    assert URL == seen.card_url
    external = (await stage.read(POST, seen.id.rpartition("/")[2]))["embed"]["external"]
    assert ("Un titre", "Un chapeau", len(PNG)) == (
        external["title"],
        external["description"],
        external["thumb"]["size"],
    )


@pytest.mark.parametrize("fault", [{"status": 413}, {"status": 500}, {"status": 429}, {"drop": "before"}])
async def test_a_thumbnail_that_fails_costs_only_the_thumbnail(stage: Any, fault: dict[str, Any]) -> None:
    """The post goes out with the card all the same."""
    stage.plan.add(path=UPLOAD, body={"error": "X", "message": "non"}, **fault)
    await stage.network().publish(replace(notice(stage, "En grève"), card=CARD), "key-1", willing)
    assert [URL] == [seen.card_url for seen in await stage.public()]


async def test_a_card_that_is_refused_costs_only_the_card(stage: Any) -> None:
    """The server does not take the card's address; the notice goes out without it."""
    card = replace(CARD, url="no address at all")
    await stage.network().publish(replace(notice(stage, "En grève"), card=card), "key-1", willing)
    assert [("En grève", "")] == [(seen.text, seen.card_url) for seen in await stage.public()]


async def test_a_retry_returns_what_stands_although_its_card_differs(stage: Any) -> None:
    """First try: no thumbnail, and the answer lost. Second try: a thumbnail. One post, the first, untouched."""
    network, post = stage.network(), replace(notice(stage, "En grève"), card=CARD)
    stage.plan.add(path=UPLOAD, status=500, body={})
    stage.plan.add(path=PUT, drop="after")
    assert type(await fault_from(network.publish(post, "key-1", willing))) is Unsure
    (found,) = await network.find(post, "key-1")
    assert found == await network.publish(post, "key-1", willing)
    assert [found.id] == [seen.id for seen in await stage.public()]


async def test_another_record_in_our_place_is_not_overwritten(stage: Any) -> None:
    """What somebody else wrote under our key stands; we say so instead of claiming it."""
    post = notice(stage, "En grève")
    rkey = tid.derive(post.created_at, "key-1")
    await stage.write(POST, rkey, {"text": "Autre chose", "createdAt": "2026-12-17T08:00:00.000Z"})
    network = stage.network()
    assert type(await fault_from(network.publish(post, "key-1", willing))) is Refused
    assert await network.find(post, "key-1") == []
    assert ["Autre chose"] == [seen.text for seen in await stage.public()]


async def test_a_picture_whose_upload_is_lost_was_never_posted(stage: Any) -> None:
    """Nobody sees a blob: the next try is safe."""
    stage.plan.add(path=UPLOAD, drop="after")
    network, post = stage.network(), notice(stage, "En grève", pictures=(picture(),))
    assert type(await fault_from(network.publish(post, "key-1", willing))) is Unreachable
    await network.publish(post, "key-1", willing)
    assert [1] == [seen.images for seen in await stage.public()]


async def test_one_request_a_post(stage: Any) -> None:
    """Thirty articles cost thirty requests and one login."""
    network = stage.network()
    for n in range(30):
        await network.publish(notice(stage, f"En grève {n}"), f"key-{n}", willing)
    assert 31 == len(stage.plan.met)
    assert 30 == len(await stage.public())
