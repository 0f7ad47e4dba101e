# SPDX-License-Identifier: AGPL-3.0-or-later
"""The contract, part five: a network that reads back tells all that stands there, and only that."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Protocol

import pytest

from relay.faults import Throttled, Unauthorised, Unreachable
from relay.networks.port import Finds, Network, Receipt, Withdraws
from relay.testing.publishes import TEXT
from relay.testing.stage import Stage, fault_from, notice, willing

ALWAYS = 99
LINK = "https://journal.example/article-"
FAILED: Mapping[str, tuple[type[Exception], Mapping[str, object]]] = {
    "503": (Unreachable, {"status": 503}),
    "401": (Unauthorised, {"status": 401}),
    "429": (Throttled, {"status": 429}),
    "html": (Unreachable, {"html": True}),
    "an empty object": (Unreachable, {"body": {}}),
    "half of it": (Unreachable, {"body": '[{"id": "1", "uri": "at:'}),
    "cut before": (Unreachable, {"drop": "before"}),
}


class Reader(Network, Finds, Protocol):
    """What these tests are about."""


class Reads:
    """Twins, posts since a moment, pages, and looks that failed."""

    async def test_find_returns_all_twins_oldest_first(self, stage: Stage) -> None:
        """Where the server keeps two posts of one key, both are told, so that the younger can be taken back."""
        network, post = reader(stage), notice(stage, TEXT)
        if network.card.capabilities.repeats_safely or stage.honours_key:
            pytest.skip("the same key twice is one post here")
        twins = []
        for _ in range(2):
            twins.append((await network.publish(post, "key-1", willing)).id)
            await stage.clock.sleep(2)
        assert [receipt.id for receipt in await network.find(post, "key-1")] == twins

    async def test_recent_lists_our_posts_since_a_moment_oldest_first(self, stage: Stage) -> None:
        """With their words, their links in full and their time; what was said before is not asked for."""
        network = reader(stage)
        await said(stage, network, 2)
        since = stage.clock.now()
        receipts = await said(stage, network, 3, first=2)
        found = await network.recent(since)
        assert [one.receipt.id for one in found] == [receipt.id for receipt in receipts]
        assert [one.text for one in found] == [f"En grève : {LINK}{n}" for n in (2, 3, 4)]
        assert [LINK + str(n) in one.links for n, one in enumerate(found, 2)] == [True] * 3
        assert [one.created_at.utcoffset() for one in found] == [timedelta(0)] * 3
        assert sorted(one.created_at for one in found) == [one.created_at for one in found]

    async def test_recent_leaves_out_what_was_withdrawn(self, stage: Stage) -> None:
        """What is gone is not there."""
        network = reader(stage)
        if not isinstance(network, Withdraws):
            pytest.skip("the card does not declare deleting")
        since = stage.clock.now()
        first, second = await said(stage, network, 2)
        assert len(await network.recent(since)) == 2
        await network.withdraw(first)
        assert [one.receipt.id for one in await network.recent(since)] == [second.id]

    async def test_recent_is_empty_for_a_moment_to_come(self, stage: Stage) -> None:
        """Nothing has been said since tomorrow."""
        network = reader(stage)
        await said(stage, network, 1)
        assert list(await network.recent(stage.clock.now() + timedelta(days=1))) == []

    async def test_recent_is_complete_over_several_pages(self, stage: Stage) -> None:
        """One page and two posts: none is lost at the turn, none is told twice."""
        network, since = reader(stage), stage.clock.now()
        posts = [notice(stage, f"En grève : {LINK}{n}") for n in range(stage.page + 2)]
        told = [(await network.publish(post, post.text, willing)).id for post in posts]
        assert sorted(one.receipt.id for one in await network.recent(since)) == sorted(told)

    @pytest.mark.parametrize("answer", FAILED)
    async def test_a_look_that_failed_is_no_absence(self, stage: Stage, answer: str) -> None:
        """Whoever took it for one would say everything again."""
        network, since = reader(stage), stage.clock.now()
        await said(stage, network, 1)
        fault, planned = FAILED[answer]
        stage.plan.add(method="GET", times=ALWAYS, **planned)  # type: ignore[arg-type]  # keywords of add, as data
        assert type(await fault_from(network.recent(since))) is fault
        assert type(await fault_from(network.find(notice(stage, TEXT), "key-1"))) is fault


def reader(stage: Stage) -> Reader:
    """The stage's network; the test is skipped if it does not read back."""
    network = stage.network()
    if not isinstance(network, Finds):
        pytest.skip("the card does not declare reading back")
    return network


async def said(stage: Stage, network: Network, posts: int, first: int = 0) -> list[Receipt]:
    """The receipts of so many articles' notices, numbered from ``first``, two seconds apart."""
    receipts = []
    for n in range(first, first + posts):
        text = f"En grève : {LINK}{n}"
        receipts.append(await network.publish(notice(stage, text), text, willing))
        await stage.clock.sleep(2)
    return receipts
