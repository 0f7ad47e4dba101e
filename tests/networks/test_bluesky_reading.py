# SPDX-License-Identifier: AGPL-3.0-or-later
"""How Bluesky reads its own posts back and when it asks to speak, beyond the contract."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from relay.faults import Refused, Unreachable
from relay.networks import bluesky, tid
from relay.networks.bluesky_read import found, older, whole
from relay.networks.port import LinkCard, Post, Receipt, Span, Unwanted
from relay.testing.stage import fault_from, notice, willing

POST = "app.bsky.feed.post"
NOON = datetime(2026, 12, 17, 12, tzinfo=UTC)
LIST, PUT = "listRecords$", "putRecord$"
URI = f"at://did:plc:desk/{POST}/"


@pytest.fixture
def stage(bluesky_stage: Any) -> Any:
    return bluesky_stage


async def test_the_links_are_those_of_the_facets_and_of_the_card(stage: Any) -> None:
    """In full, each once, hashtags not; the text is as it was written."""
    text, link = "Lire journal.example/… #Grève", "https://journal.example/1"
    spans = (Span(5, 22, "link", link), Span(23, 29, "hashtag", "Grève"))
    card = LinkCard("https://journal.example/2", "Un titre", "")
    network, since = stage.network(), stage.clock.now()
    await network.publish(Post(text, since, spans, card=card), "key-1", willing)
    await network.publish(Post(text, since, spans, card=replace(card, url=link)), "key-2", willing)
    told = [(one.text, one.links) for one in await network.recent(since)]
    assert sorted(told) == [(text, (link,)), (text, (link, card.url))]


async def test_a_session_that_ran_out_asks_again_before_it_speaks_again(stage: Any) -> None:
    """Signing in anew takes its time, and in it the strike may have been stopped."""
    asked: list[int] = []

    async def at_first() -> None:
        asked.append(stage.met(PUT))
        if len(asked) > 1:
            raise Unwanted

    network = stage.network(session=await stage.expired())
    with pytest.raises(Unwanted):
        await network.publish(notice(stage, "En grève"), "key-1", at_first)
    assert [0, 1] == asked
    assert [] == await stage.public()


async def test_a_card_that_is_refused_asks_again_before_the_words_alone(stage: Any) -> None:
    """Each request that would make the post public has its own last word."""
    asked: list[int] = []

    async def still() -> None:
        asked.append(stage.met(PUT))

    card = LinkCard("no address at all", "Un titre", "")
    await stage.network().publish(replace(notice(stage, "En grève"), card=card), "key-1", still)
    assert [0, 1] == asked


async def test_a_post_of_another_program_is_listed_by_its_own_time(stage: Any) -> None:
    """Its key is as old as its writing, and its time is what the record says."""
    network, since = stage.network(), stage.clock.now()
    created = "2026-12-17T10:00:01+01:00"
    await stage.write(
        POST, tid.encode(int(since.timestamp()) * 1_000_000, 0), {"text": "À la main", "createdAt": created}
    )
    (one,) = await network.recent(since)
    assert (one.text, one.created_at) == ("À la main", since + timedelta(seconds=1))
    assert [] == await network.recent(since + timedelta(seconds=2))


async def test_more_than_we_read_back_is_said_and_never_cut(stage: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages of two, four posts the most: four are read, a sixth is refused with what to do."""
    monkeypatch.setattr(bluesky, "MOST", 4)
    monkeypatch.setattr(bluesky, "_PAGE", 2)
    network, since = stage.network(), stage.clock.now()
    for n in range(4):
        await network.publish(notice(stage, f"Avis {n}"), f"key-{n}", willing)
    assert 4 == len(await network.recent(since))
    for n in range(4, 6):
        await network.publish(notice(stage, f"Avis {n}"), f"key-{n}", willing)
    fault = await fault_from(network.recent(since))
    assert (Refused, True) == (type(fault), "more than Piquet reads back" in str(fault))


async def test_a_page_that_fails_in_the_middle_spoils_the_list(stage: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a list is none."""
    monkeypatch.setattr(bluesky, "_PAGE", 2)
    network, since = stage.network(), stage.clock.now()
    for n in range(3):
        await network.publish(notice(stage, f"Avis {n}"), f"key-{n}", willing)
    stage.plan.add(path=LIST, method="GET")  # the first page as it is
    stage.plan.add(path=LIST, method="GET", status=503)
    assert Unreachable is type(await fault_from(network.recent(since)))


async def test_a_long_past_is_not_read(stage: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The list ends with the first page that lies wholly behind the moment."""
    monkeypatch.setattr(bluesky, "_PAGE", 2)
    network = stage.network()
    for n in range(6):
        await network.publish(notice(stage, f"Hier {n}"), f"key-{n}", willing)
    stage.clock.advance(days=1)
    since = stage.clock.now()
    await network.publish(notice(stage, "En grève"), "key", willing)
    assert ["En grève"] == [one.text for one in await network.recent(since)]
    assert 1 == stage.met(LIST)


@pytest.mark.parametrize("records", [[1], [{}], [{"uri": "at://x", "cid": "x"}], [{"uri": 1, "cid": "x", "value": {}}]])
async def test_a_list_of_something_else_is_unreachable(stage: Any, records: object) -> None:
    """It cannot be told what is missing."""
    stage.plan.add(path=LIST, method="GET", body={"records": records})
    assert Unreachable is type(await fault_from(stage.network().recent(stage.clock.now())))


@pytest.mark.parametrize(
    ("value", "links"),
    [
        ({}, ()),
        ({"facets": [{}, {"features": [{"$type": "app.bsky.richtext.facet#mention", "did": "did:plc:x"}]}]}, ()),
        ({"embed": {"$type": "app.bsky.embed.record", "record": {"uri": "at://x", "cid": "x"}}}, ()),
        ({"embed": {"media": {"external": {"uri": "https://a.example"}}}}, ("https://a.example",)),
        ({"embed": {"images": []}}, ()),
    ],
    ids=str,
)
def test_whatever_a_record_holds_it_is_read(value: dict[str, Any], links: tuple[str, ...]) -> None:
    """Quotes with a card, facets of nothing, no text, no date: then its key tells the time."""
    listed = {"uri": URI + tid.encode(int(NOON.timestamp()) * 1_000_000, 0), "cid": "c", "value": value}
    assert whole(listed)
    one = found(listed, Receipt(listed["uri"], ""))
    assert (links, NOON) == (one.links, one.created_at)


@pytest.mark.parametrize("key", ["self", "", "3mabcdefghij!"])
def test_a_key_that_tells_no_time_neither_ends_a_list_nor_hides_a_post(key: str) -> None:
    """One too many is better than one too few."""
    one = found({"value": {"createdAt": "yesterday"}}, Receipt(URI + key, ""))
    assert one.created_at > NOON
    assert not older(one, NOON)
