# SPDX-License-Identifier: AGPL-3.0-or-later
"""What is Mastodon's own, beyond the contract: uploads that take their time, keys that expire, pins, pages, scopes."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from relay.faults import Held, Refused, Throttled, Unreachable, Unsure
from relay.networks.mastodon import Mastodon
from relay.networks.port import Limits
from relay.outside import Outside
from relay.outside.guard import Guard
from relay.outside.http import Door
from relay.square.mastodon_state import GOTOSOCIAL
from relay.testing.fake_stage import keep_nothing
from relay.testing.mastodon_stage import MastodonStage
from relay.testing.stage import fault_from, notice, picture, willing


@pytest.fixture
async def stage() -> AsyncIterator[MastodonStage]:
    stage = MastodonStage()
    await stage.open()
    yield stage
    await stage.close()


def count(stage: MastodonStage, method: str, path: str) -> int:
    return stage.plan.met.count((method, path))


async def test_a_picture_in_the_works_is_waited_for_without_a_second_upload(stage: MastodonStage) -> None:
    """202, then 206: come back in two seconds, with the same media, until it is ready."""
    stage.server.instance.processing = 1
    network, post = stage.network(), notice(stage, "Avec pancarte", pictures=(picture(),))
    for _ in range(2):
        fault = await fault_from(network.publish(post, "key-1", willing))
        assert isinstance(fault, Throttled)
        assert fault.until == stage.clock.now() + timedelta(seconds=2)
    await network.publish(post, "key-1", willing)
    assert [seen.images for seen in stage.server.public()] == [1]
    assert count(stage, "POST", "/api/v2/media") == 1


async def test_a_picture_that_was_swept_away_is_uploaded_again(stage: MastodonStage) -> None:
    """Servers delete what was not attached in time: no reason to give the notice up."""
    stage.server.instance.processing = 1
    network, post = stage.network(), notice(stage, "Avec pancarte", pictures=(picture(),))
    assert type(await fault_from(network.publish(post, "key-1", willing))) is Throttled
    stage.server.instance.media.clear()
    stage.server.instance.processing = 0
    assert type(await fault_from(network.publish(post, "key-1", willing))) is Throttled
    await network.publish(post, "key-1", willing)
    assert [seen.images for seen in stage.server.public()] == [1]


@pytest.mark.parametrize("fault", [{"status": 503}, {"drop": "after"}, {"html": True}], ids=str)
async def test_a_failed_upload_said_nothing_in_public(stage: MastodonStage, fault: dict[str, object]) -> None:
    """So it is safe to try again, and nobody need look."""
    stage.plan.add(path="/media$", **fault)  # type: ignore[arg-type]  # keywords of add, as data
    post = notice(stage, "Avec pancarte", pictures=(picture(),))
    assert type(await fault_from(stage.network().publish(post, "key-1", willing))) is Unreachable


async def test_a_post_costs_one_request(stage: MastodonStage) -> None:
    """No question about versions, no look before: as cheap as the bare library."""
    network = stage.network()
    for n in range(3):
        await network.publish(notice(stage, f"En grève {n}"), f"key-{n}", willing)
    assert stage.plan.met == [("POST", "/api/v1/statuses")] * 3


async def test_a_key_whose_post_was_deleted_is_unsure(stage: MastodonStage) -> None:
    """The server answers 404: neither a wrong address nor a reason to speak again."""
    network, post = stage.network(), notice(stage, "En grève")
    await network.withdraw(await network.publish(post, "key-1", willing))
    assert type(await fault_from(network.publish(post, "key-1", willing))) is Unsure


async def test_after_an_hour_only_looking_tells(stage: MastodonStage) -> None:
    """The key is forgotten by then: whoever does not look makes a second post."""
    network, post = stage.network(), notice(stage, "En grève : https://journal.example/1")
    receipt = await network.publish(post, "key-1", willing)
    stage.clock.advance(hours=1)
    assert await network.find(post, "key-1") == [receipt]
    await network.publish(post, "key-1", willing)
    assert len(stage.server.public()) == 2


async def test_find_turns_the_pages_and_stops_at_the_first_try(stage: MastodonStage) -> None:
    """A busy day lies between, yet the post is found; a post of yesterday's with the same link is not."""
    network, link = stage.network(), "https://journal.example/1"
    await network.publish(notice(stage, f"Hier : {link}"), "yesterday", willing)
    stage.clock.advance(days=1)
    wanted = notice(stage, f"Aujourd'hui : {link}")
    assert await network.find(wanted, "key") == []
    receipt = await network.publish(wanted, "key", willing)
    for n in range(60):
        await network.publish(notice(stage, f"En grève : https://journal.example/{n + 2}"), f"key-{n}", willing)
    assert await network.find(wanted, "key") == [receipt]


async def test_find_is_not_deceived_by_a_longer_link_or_a_second_one(stage: MastodonStage) -> None:
    """Article 1 is not article 10, and a start notice with the petition is not an article's with both."""
    network, petition = stage.network(), "https://petition.example/fonds"
    for text in ("Grève https://journal.example/10", f"Grève https://journal.example/2 {petition}"):
        await network.publish(notice(stage, text), text, willing)
    for text in ("Grève https://journal.example/1", f"Grève {petition}", "Grève https://journal.example/2"):
        assert await network.find(notice(stage, text), text) == []


async def test_find_reads_words_where_there_is_no_link(stage: MastodonStage) -> None:
    """A notice of two paragraphs, a hashtag, a mention and characters that HTML hides."""
    network, post = stage.network(), notice(stage, "Fin de la #grève :\n<merci> à @tous & à demain.\n\nLa rédaction")
    receipt = await network.publish(post, "key", willing)
    assert await network.find(post, "key") == [receipt]
    assert await network.find(notice(stage, "Fin de la grève"), "key-2") == []


async def test_a_sixth_pin_is_refused_with_the_reason_and_a_repeated_one_is_not(stage: MastodonStage) -> None:
    """Five pins are the limit; pinning what is pinned is done."""
    network = stage.network()
    receipts = [await network.publish(notice(stage, f"Avis {n}"), f"key-{n}", willing) for n in range(6)]
    for receipt in receipts[:5]:
        await network.pin(receipt)
    assert await network.pin(receipts[0]) == ""
    fault = await fault_from(network.pin(receipts[5]))
    assert type(fault) is Refused
    assert "five" in str(fault)


async def test_a_missing_permission_holds_the_account(stage: MastodonStage) -> None:
    """403 names the scope; the words of the server are shown."""
    stage.server.create_account("reader", token="only-reads", scopes=frozenset({"read"}))
    fault = await fault_from(stage.network(token="only-reads").publish(notice(stage, "En grève"), "key", willing))
    assert type(fault) is Held
    assert "outside the authorized scopes" in fault.detail


async def test_a_private_address_is_never_connected_to(stage: MastodonStage) -> None:
    """The guard stands before this library too."""
    guard = Guard()
    given = {"server": stage.address, "token": "t0ken"}
    network = Mastodon(given, Outside(stage.clock, Door(guard, "Piquet"), guard), keep_nothing)
    assert type(await fault_from(network.verify())) is Unreachable
    assert stage.plan.met == []


async def test_a_spent_budget_is_throttled_until_it_begins_again(stage: MastodonStage) -> None:
    """300 requests in five minutes, then a 429 with the reset in its headers and no Retry-After."""
    assert stage.server.meter is not None
    for _ in range(300):
        stage.server.meter.spend(f"Bearer {stage.secrets[0]}", "GET", "/api/v1/any")
    fault = await fault_from(stage.network().publish(notice(stage, "De trop"), "key", willing))
    assert isinstance(fault, Throttled)
    assert fault.until == stage.clock.now() + timedelta(minutes=5)


async def test_verify_reads_the_limits_the_rules_and_the_bot_flag(stage: MastodonStage) -> None:
    """As the server says, not as we suppose."""
    stage.server.create_account("robot", token="r0bot", bot=True)
    identity = await stage.network(token="r0bot").verify()
    assert identity.handle == f"@robot@{stage.address.removeprefix('http://')}"
    assert identity.id == f"{stage.address}/users/robot"
    assert identity.bot is True
    assert identity.rules == ("Automated accounts carry the bot flag.",)
    assert identity.limits == Limits(500, "grapheme", 23, 0, True, True, 1500, 16 * 1024 * 1024)


async def test_gotosocial_counts_links_in_full_and_code_points() -> None:
    """It announces a cost for links that does not hold."""
    stage = MastodonStage(GOTOSOCIAL)
    await stage.open()
    identity = await stage.network().verify()
    await stage.close()
    assert identity.limits is not None
    limits = identity.limits
    assert (limits.text, limits.unit, limits.link_cost, limits.mention_domains_free) == (5000, "codepoint", None, False)
