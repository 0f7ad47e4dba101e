# SPDX-License-Identifier: AGPL-3.0-or-later
"""Many lanes share a transaction, and none has to wait for another's trouble."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from desk import FIRST, LANE, Desk, open_with_one_article, texts

from relay.deliveries import hand
from relay.deliveries.attempt import Outcome, unbegun
from relay.deliveries.claim import Claim
from relay.deliveries.hand import BATCH, Hand
from relay.deliveries.turns import Drain, Turns
from relay.networks.port import Identity, Post, Receipt, Still
from relay.store import account as accounts
from relay.store import waiting
from relay.store.account import Account

OTHER = "net/fake/other.example"
SECOND = FIRST.replace("Un", "Deux")


async def elsewhere(desk: Desk) -> Account:
    """An account on another host, so in another lane."""
    given, who = {"handle": "far", "token": "secret"}, Identity("far", "@far", "https://other.example/@far")
    async with desk.store.write() as tx:
        return await desk.seats.save(desk.newsroom, tx, "fake", given, who, desk.clock.now())


async def two_lanes(desk: Desk) -> None:
    desk.clock.advance(hours=1)
    await desk.strike(await desk.account(), await elsewhere(desk))
    await desk.edges.turn()
    await desk.see("Un")


async def drained(desk: Desk) -> list[Any]:
    return await asyncio.gather(desk.courier.drain(LANE), desk.courier.drain(OTHER), return_exceptions=True)


async def test_drains_that_come_together_share_a_transaction(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    await two_lanes(desk)
    asked: list[int] = []
    work = waiting.work

    async def noted(tx: Any, deliveries: Any) -> Any:
        asked.append(len(deliveries))
        return await work(tx, deliveries)

    async def silent(claim: Claim) -> Outcome:
        return unbegun(claim)

    monkeypatch.setattr(waiting, "work", noted)
    turns = Turns(desk.store, desk.clock, desk.seats.cards, lambda *_: BATCH)
    drains = [Drain(lane, lane, Hand(silent), None) for lane in (LANE, OTHER)]
    await asyncio.gather(*map(turns.take, drains))
    assert [4] == asked  # a start and an article on each
    await asyncio.gather(*(drain.hand.finish() for drain in drains))
    assert [2, 2] == [len(drain.hand.finished()) for drain in drains]


async def test_what_is_wrong_with_one_lane_does_not_hold_up_another(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await two_lanes(desk)
    claimable = waiting.claimable

    async def broken(tx: Any, lane: str, *args: Any) -> Any:
        if lane == OTHER:
            raise RuntimeError("a bug of ours")
        return await claimable(tx, lane, *args)

    monkeypatch.setattr(waiting, "claimable", broken)
    well, ill = await drained(desk)
    assert isinstance(ill, RuntimeError)
    assert not isinstance(well, Exception)
    assert FIRST == texts(desk)[-1]
    monkeypatch.undo()
    await desk.courier.drain(OTHER)
    assert FIRST == texts(desk, "far")[-1]


@asynccontextmanager
async def behind_a_slow_post(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    """The lane is being drained, and what “desk” says takes until the block ends."""
    await open_with_one_article(desk, "desk", "union")
    async with desk.store.read() as tx:
        row = await accounts.by_identity(desk.newsroom, tx, "fake", "desk")
    assert row
    network, began, goes_on = await desk.seats.connect(row), asyncio.Event(), asyncio.Event()
    publish = network.publish

    async def slowly(post: Post, key: str, still: Still) -> Receipt:
        began.set()
        await goes_on.wait()
        return await publish(post, key, still)

    monkeypatch.setattr(network, "publish", slowly)
    drain = asyncio.create_task(desk.courier.drain(LANE))
    await began.wait()
    yield
    goes_on.set()
    await drain


async def said(desk: Desk, text: str) -> None:
    async with asyncio.timeout(5):
        while text not in texts(desk, "union"):  # noqa: ASYNC110 - the platform sets no event
            await asyncio.sleep(0.01)


async def test_a_new_notice_does_not_wait_for_a_slow_post_of_another_account(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever plans it tells the drain that is under way."""
    monkeypatch.setattr(hand, "PROMPT", 3600)
    async with behind_a_slow_post(desk, monkeypatch):
        await desk.see("Deux")
        desk.courier.stir([LANE])
        await said(desk, SECOND)
    assert [FIRST] == texts(desk)[1:2]


async def test_a_new_notice_that_nobody_told_of_is_found_behind_a_slow_post(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another machine planned it: the drain looks again by itself."""
    monkeypatch.setattr(hand, "PROMPT", 0.01)
    async with behind_a_slow_post(desk, monkeypatch):
        await desk.see("Deux")
        await said(desk, SECOND)
