# SPDX-License-Identifier: AGPL-3.0-or-later
"""How Mastodon reads its own posts back, beyond the contract: how far, which ones, and what it takes for ours."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from relay.faults import Refused, Throttled, Unreachable
from relay.networks import mastodon
from relay.networks.mastodon_text import found, match, read
from relay.networks.port import Receipt, Unwanted
from relay.square.mastodon_state import GOTOSOCIAL, Draft, Status
from relay.testing.mastodon_stage import MastodonStage
from relay.testing.stage import fault_from, notice, picture, willing

NOON = datetime(2026, 12, 17, 12, tzinfo=UTC)


@pytest.fixture(params=[{}, {"dialect": GOTOSOCIAL}], ids=["mastodon", "gotosocial"])
async def stage(request: pytest.FixtureRequest) -> AsyncIterator[MastodonStage]:
    stage = MastodonStage(**request.param)
    await stage.open()
    yield stage
    await stage.close()


def said(stage: MastodonStage, text: str, **more: Any) -> Status:
    """A post of the desk's own, made with another program."""
    account = next(iter(stage.server.instance.accounts))
    return stage.server.instance.publish(account, Draft(text, **more), "")


async def test_boosts_and_letters_are_nobodys_notices(stage: MastodonStage) -> None:
    """What the account passed on is not its own, and what it wrote to one person is not for us to read."""
    since = stage.clock.now()
    own = said(stage, "En grève")
    said(stage, "@amie Tu viens ?", visibility="direct")
    followers = said(stage, "Entre nous", visibility="private")
    other = stage.server.create_account("other")
    theirs = stage.server.instance.publish(other.id, Draft("Soutien"), "")
    stage.server.instance.boost(own.account, theirs.id)
    assert [one.receipt.id for one in await stage.network().recent(since)] == [own.id, followers.id]


async def test_the_links_are_the_whole_addresses_of_the_text_and_not_its_tags(stage: MastodonStage) -> None:
    """A mention and a hashtag lead elsewhere; an address that is shown shortened is told in full."""
    since, link = stage.clock.now(), "https://journal.example/2026/12/17/une-tres-longue-adresse?page=2"
    said(stage, f"@amie #Grève\n{link} et https://petition.example")
    (one,) = await stage.network().recent(since)
    assert one.links == (link, "https://petition.example")
    assert one.text == f"@amie #Grève\n{link} et https://petition.example"


@pytest.mark.parametrize("verb", ["find", "recent"])
async def test_more_than_we_read_back_is_said_and_never_cut(
    stage: MastodonStage, verb: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A hundred and one posts where a hundred is the most: refused, with what to do; a hundred are read."""
    monkeypatch.setattr(mastodon, "MOST", 100)
    network, post = stage.network(), notice(stage, "En grève")
    for n in range(100):
        said(stage, f"Avis {n}")
    assert len(await network.recent(post.created_at)) == 100
    said(stage, "De trop")
    fault = await fault_from(network.find(post, "key") if verb == "find" else network.recent(post.created_at))
    assert type(fault) is Refused
    assert "more than Piquet reads back" in str(fault)


async def test_a_long_day_is_no_reason_to_stop_looking(stage: MastodonStage) -> None:
    """Five pages of later posts lie on ours, and it is found; those before its time are left alone."""
    for n in range(50):
        said(stage, f"Hier {n}")
    stage.clock.advance(days=1)
    network, post = stage.network(), notice(stage, "En grève : https://journal.example/1")
    receipt = await network.publish(post, "key", willing)
    for n in range(220):
        said(stage, f"Plus tard {n}")
    assert await network.find(post, "key") == [receipt]
    assert stage.plan.met.count(("GET", f"/api/v1/accounts/{network._account}/statuses")) == 6


async def test_a_page_that_fails_in_the_middle_spoils_the_list(stage: MastodonStage) -> None:
    """Half a list is none."""
    since, network = stage.clock.now(), stage.network()
    for n in range(50):
        said(stage, f"Avis {n}")
    stage.plan.add(path="/statuses$", method="GET")  # the first page as it is
    stage.plan.add(path="/statuses$", method="GET", status=503)
    assert type(await fault_from(network.recent(since))) is Unreachable


@pytest.mark.parametrize("body", [[{"id": "1"}], ["word"], [{"created_at": "2026-12-17T09:00:00Z"}], [None]], ids=str)
async def test_a_list_of_something_else_is_unreachable(stage: MastodonStage, body: object) -> None:
    """A status without an id or a moment is none, so it cannot be told what else is missing."""
    stage.plan.add(path="/statuses$", method="GET", body=body)
    assert type(await fault_from(stage.network().recent(stage.clock.now()))) is Unreachable


async def test_a_moment_between_two_seconds_hides_nothing_of_that_second(stage: MastodonStage) -> None:
    """Servers keep milliseconds of a post's time, or only seconds."""
    stage.clock.advance(microseconds=123_456)
    own = said(stage, "En grève")
    assert [one.receipt.id for one in await stage.network().recent(stage.clock.now())] == [own.id]


async def test_what_was_uploaded_waits_for_the_attempt_that_is_wanted(stage: MastodonStage) -> None:
    """The strike is stopped and goes on again: nothing is uploaded twice."""

    async def unwanted() -> None:
        raise Unwanted

    stage.server.instance.processing = 1
    network, post = stage.network(), notice(stage, "Avec pancarte", pictures=(picture(),))
    for _ in range(2):
        assert type(await fault_from(network.publish(post, "key", willing))) is Throttled
    with pytest.raises(Unwanted):
        await network.publish(post, "key", unwanted)
    await network.publish(post, "key", willing)
    uploads = [path for method, path in stage.plan.met if method == "POST" and path.endswith("/media")]
    assert (len(uploads), [seen.images for seen in stage.server.public()]) == (1, [1])


def status(number: int, content: str, **more: object) -> dict[str, object]:
    return {"id": str(number), "content": content, "created_at": NOON + timedelta(seconds=number), **more}


def test_a_preview_tells_a_link_that_the_text_does_not() -> None:
    """The server follows a shortened address and draws the preview of what it found."""
    card = {"url": "https://journal.example/1"}
    for content in (
        '<p>Lire <a href="https://court.example/x">court.example/x</a></p>',
        "Lire https://court.example/x",
    ):
        one = found(status(1, content, card=card), Receipt("1", ""))
        assert one.links == ("https://court.example/x", "https://journal.example/1")
        assert one.text == "Lire https://court.example/x"
    assert found(status(1, "<p>x</p>", card=None), Receipt("1", "")).links == ()


def test_a_text_given_as_it_was_typed_is_read_as_well_as_html() -> None:
    assert read("Grève &amp; fête\nhttps://journal.example/1").text == "Grève & fête\nhttps://journal.example/1"
    assert read("1 < 2, https://journal.example/1.").links == ("https://journal.example/1",)


def test_twins_are_ours_and_another_notice_with_our_link_is_not() -> None:
    """The notices of the start and of the end carry the same petition: neither is the other's twin."""
    petition = "https://petition.example"
    start, end = f"Début {petition}", f"Fin {petition}"
    statuses = [status(1, start), status(2, start), status(3, end)]
    assert [one["id"] for one in match(statuses, start)] == ["1", "2"]
    assert [one["id"] for one in match(statuses, end)] == ["3"]


def test_words_that_the_server_changed_are_known_by_their_links_and_twins_by_each_other() -> None:
    """What reads like the first post with our link is its twin; what reads otherwise is left alone."""
    link = "https://journal.example/1"
    statuses = [status(1, f"Gr. {link}"), status(2, f"Gr. {link}"), status(3, f"Autre {link}"), status(4, "Gr.")]
    assert [one["id"] for one in match(statuses, f"Grève {link}")] == ["1", "2"]
    assert match(statuses, "Grève") == []


async def test_ids_are_plain_words(stage: MastodonStage) -> None:
    """The library's own kind raises when it is compared, on servers whose ids hold letters."""
    since = stage.clock.now()
    receipt = await stage.network().publish(notice(stage, "En grève"), "key", willing)
    (one,) = await stage.network().recent(since)
    assert [type(receipt.id), type(one.receipt.id)] == [str, str]
