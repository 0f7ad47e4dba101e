# SPDX-License-Identifier: AGPL-3.0-or-later
"""The contract, part two: what is said arrives whole, once, and can be taken back where the card says so."""

import re

import pytest

from relay.faults import Refused
from relay.networks.port import Finds, Network, Pins, Post, Receipt, Withdraws
from relay.testing.stage import Stage, fault_from, longest, notice, picture, willing

LINK = "https://journal.example/2026/11/greve?page=2"
TEXT = f"Les community managers sont en grève. #Grève {LINK}"


def publishings(stage: Stage) -> int:
    """How many publishing requests left the network."""
    return sum(method == "POST" and re.search(stage.publishing, path) is not None for method, path in stage.plan.met)


class Publishes:
    """Text, links, language, pictures, warnings, keys, limits, and the small protocols."""

    async def test_text_link_hashtag_and_language_arrive(self, stage: Stage) -> None:
        """The public reads what the striker wrote, can follow the link, and nobody is called by name."""
        receipt = await stage.network().publish(notice(stage, TEXT), "key-1", willing)
        (seen,) = await stage.public()
        assert seen.text == TEXT
        assert seen.links == (LINK,)
        assert [tag.casefold() for tag in seen.hashtags] == ["grève"]
        assert seen.mentions == ()
        assert seen.language == "fr"
        assert seen.id == receipt.id
        assert receipt.url.startswith(("https://", "http://"))

    async def test_a_picture_arrives_with_its_description(self, stage: Stage) -> None:
        """A blind reader learns what stands on the sign."""
        network = stage.network()
        if not network.card.capabilities.images:
            pytest.skip("the card declares no images")
        await network.publish(notice(stage, TEXT, pictures=(picture("En grève, dit la pancarte"),)), "key-1", willing)
        (seen,) = await stage.public()
        assert seen.images == 1
        assert seen.alts == ("En grève, dit la pancarte",)

    async def test_a_content_warning_arrives(self, stage: Stage) -> None:
        """What was to be folded away is."""
        network = stage.network()
        if not network.card.capabilities.content_warning:
            pytest.skip("the card declares no content warning")
        await network.publish(notice(stage, TEXT, warning="grève"), "key-1", willing)
        assert [seen.warning for seen in await stage.public()] == ["grève"]

    async def test_the_same_key_twice_is_one_post_or_the_card_says_so(self, stage: Stage) -> None:
        """An attempt repeated makes no second notice where the server can prevent it."""
        network, post = stage.network(), notice(stage, TEXT)
        first = await network.publish(post, "key-1", willing)
        second = await network.publish(post, "key-1", willing)
        folded = network.card.capabilities.repeats_safely or stage.honours_key
        assert len(await stage.public()) == (1 if folded else 2)
        assert (first.id == second.id) == folded

    async def test_the_same_words_under_two_keys_are_two_posts(self, stage: Stage) -> None:
        """Only the key decides what is a repetition."""
        network = stage.network()
        await network.publish(notice(stage, TEXT), "key-1", willing)
        await network.publish(notice(stage, TEXT), "key-2", willing)
        assert len(await stage.public()) == 2

    async def test_a_text_at_the_limit_arrives_whole(self, stage: Stage) -> None:
        """Nothing is ever cut here."""
        network = stage.network()
        text = longest(await _limit(network))
        await network.publish(notice(stage, text), "key-1", willing)
        assert [seen.text for seen in await stage.public()] == [text]

    async def test_what_cannot_fit_is_refused_before_it_is_sent(self, stage: Stage) -> None:
        """One sign too many, or one picture, is refused here, and not a byte leaves."""
        network = stage.network()
        images = network.card.capabilities.images
        long = notice(stage, longest(await _limit(network) + 1))
        crowded = notice(stage, TEXT, pictures=(picture(),) * (images + 1))
        for post in (long, crowded):
            assert type(await fault_from(network.publish(post, "key-1", willing))) is Refused
        assert publishings(stage) == 0
        assert await stage.public() == []

    async def test_find_returns_the_post_of_this_delivery(self, stage: Stage) -> None:
        """Looking tells our post from its neighbours, and its absence from its presence."""
        network = stage.network()
        if not isinstance(network, Finds):
            pytest.skip("the card does not declare reading back")
        posts = [notice(stage, f"En grève : https://journal.example/article-{n}") for n in range(4)]
        receipts = [await network.publish(post, f"key-{n}", willing) for n, post in enumerate(posts[:3])]
        found = [await network.find(post, f"key-{n}") for n, post in enumerate(posts)]
        assert [[one.id for one in each] for each in found] == [*([receipt.id] for receipt in receipts), []]

    async def test_withdraw_takes_the_post_away(self, stage: Stage) -> None:
        """What is withdrawn is gone, its neighbour stays, and twice is no fault."""
        network = stage.network()
        if not isinstance(network, Withdraws):
            pytest.skip("the card does not declare deleting")
        stays = await network.publish(notice(stage, TEXT + "/1"), "key-1", willing)
        goes = await network.publish(notice(stage, TEXT + "/2"), "key-2", willing)
        await network.withdraw(goes)
        await network.withdraw(goes)
        assert [seen.id for seen in await stage.public()] == [stays.id]

    async def test_pin_and_unpin_restore_what_was_there(self, stage: Stage) -> None:
        """During the strike its notice stands on top; after it, what stood there before."""
        network = stage.network()
        if not isinstance(network, Pins):
            pytest.skip("the card does not declare pins")
        old, new = [await network.publish(post, f"key-{n}", willing) for n, post in enumerate(_two(stage))]
        await network.pin(old)
        assert await _pinned(stage) == {old.id}
        before = await network.pin(new)
        assert new.id in await _pinned(stage)
        await network.unpin(new, before)
        assert await _pinned(stage) == {old.id}

    async def test_a_pin_that_is_gone_is_unpinned_without_fault(self, stage: Stage) -> None:
        """Somebody took it off by hand, or deleted the post: the end of the strike goes on all the same."""
        network = stage.network()
        if not (isinstance(network, Pins) and isinstance(network, Withdraws)):
            pytest.skip("the card does not declare pins and deleting")
        receipt: Receipt = await network.publish(notice(stage, TEXT), "key-1", willing)
        before = await network.pin(receipt)
        await network.unpin(receipt, before)
        await network.unpin(receipt, before)
        await network.withdraw(receipt)
        await network.unpin(receipt, before)
        assert await stage.public() == []


def _two(stage: Stage) -> tuple[Post, Post]:
    return notice(stage, TEXT + "/1"), notice(stage, TEXT + "/2")


async def _limit(network: Network) -> int:
    identity = await network.verify()
    return (identity.limits or network.card.capabilities.limits).text


async def _pinned(stage: Stage) -> set[str]:
    return {seen.id for seen in await stage.public() if seen.pinned}
