# SPDX-License-Identifier: AGPL-3.0-or-later
"""A drain of a ward gives it back from time to time, for other machines; what hangs there holds up nobody else."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from desk import Desk

from relay.faults import FeedUnreachable
from relay.feeds import patrol
from relay.feeds.look import Look
from relay.feeds.pace import Pace
from relay.i18n import say
from relay.outside import Outside
from relay.store.feed import Feed
from relay.store.looks import Due

pytestmark = pytest.mark.parametrize("address", ["sqlite"], indirect=True)
WARD = "feed/07"
SECONDS = 5.0  # in which everything must have come about


class Looks:
    """In the place of real ones: ``begun`` at which hosts; those at "slow.example" last until they are ``freed``."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.freed = asyncio.Event()

    async def look(self, outside: Outside, _: Any, feed: Due) -> Look:
        self.begun.append(feed.host)
        if feed.host == "slow.example":
            await self.freed.wait()
        return Look(feed, outside.clock.now(), fault=FeedUnreachable(say("nobody")))

    async def begin(self) -> None:
        async with asyncio.timeout(SECONDS):
            while not self.begun:  # noqa: ASYNC110 - a look sets no event of ours
                await asyncio.sleep(0.01)


async def watch(desk: Desk, *hosts: str) -> None:
    now = desk.clock.now()
    async with desk.store.write() as tx:
        for host in hosts:
            address = f"https://{host}/feed"
            tx.add(Feed(newsroom_id=desk.newsroom, address=address, host=host, lane=WARD, next_look_at=now))


def drain(desk: Desk, monkeypatch: pytest.MonkeyPatch, looks: Looks) -> "asyncio.Task[Any]":
    """One drain under way, impatient in real time."""
    monkeypatch.setattr(patrol, "look", looks.look)
    monkeypatch.setattr(patrol, "PASS", 0.01)
    parser: Any = None
    learn: Any = None
    here = patrol.Patrol(desk.store, desk.outside, parser, Pace(desk.clock), learn, 45)
    return asyncio.create_task(here.drain(WARD, None))


async def test_a_look_that_hangs_while_the_ward_is_to_be_given_back_holds_up_no_other(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await watch(desk, "slow.example", "quick.example")
    looks = Looks()
    work = drain(desk, monkeypatch, looks)
    await looks.begin()
    async with asyncio.timeout(SECONDS):
        while looks.begun.count("quick.example") < 3:
            desk.clock.advance(minutes=1)
            await asyncio.sleep(0.01)
    looks.freed.set()
    async with asyncio.timeout(SECONDS):
        await work
    assert 1 == looks.begun.count("slow.example")


async def test_a_ward_is_given_back_in_a_lull_whatever_is_due_there(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await watch(desk, "slow.example")
    looks = Looks()
    work = drain(desk, monkeypatch, looks)
    await looks.begin()
    desk.clock.advance(seconds=patrol.STINT + patrol.LULL / 2)
    await watch(desk, "other.example")
    looks.freed.set()
    async with asyncio.timeout(SECONDS):
        again = await work
    assert (["slow.example"], desk.clock.now() + timedelta(seconds=patrol.BREATH)) == (looks.begun, again)
