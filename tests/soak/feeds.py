# SPDX-License-Identifier: AGPL-3.0-or-later
"""Real relays watch a farm of feeds and are killed at drawn moments: every article is answered, and answered once."""

import asyncio
import random
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress

from crash.relay_process import Relay
from crash.town import CLOCK, Town
from soak.tally import Tally
from sqlmodel import col, func, select, update

from relay.square.farm.farm import Farm
from relay.store.article import Article
from relay.store.feed import Feed
from relay.store.lanes import host, of_feed
from relay.store.ledger import Delivery, Notice
from relay.terms import SETTLED, Action

FLOOR = 3  # s between two looks at a feed
RATE = 2.0  # articles a second at most: one account answers them all, and what was in doubt is looked for among them
UNANSWERED = 40  # so many articles may wait for relays that just die and rise
PATIENT = {"send_timeout": 10.0}  # s to look through all of them, on a machine that does other things too
LONGEST = 2.5  # s from when a relay is at work until it is killed
NEWBORN = 1 / 5  # of the relays are killed before they are at work
CALM = 120.0  # s for what is left when the last was killed
READY = 300.0  # s until every feed has been read once
PULSE = (0.5, 3.0)  # s between the heartbeats of many machines, and without one
KIND = "A"  # the class of network on which is counted: one that honours a key
_LINK = re.compile(r"http://\S+/a/\d+")


async def soak_feeds(town: Town, farm: Farm, rng: random.Random, seconds: float, machines: int = 1) -> Tally:
    """``seconds`` of kills for so many relays at work at once, and what came of the articles published meanwhile."""
    tally, loop = Tally(), asyncio.get_running_loop()
    living = [town.relay(pulse=PULSE, settings=PATIENT) for _ in range(machines)]
    await watch(town, farm, FLOOR)
    press = asyncio.create_task(_publish(town, farm, random.Random(rng.random())))
    until = loop.time() + seconds
    while loop.time() < until:
        await _replace(town, living, rng)
        tally.counts["kills"] += 1
    press.cancel()
    await asyncio.gather(press, return_exceptions=True)
    with suppress(TimeoutError):  # what is left is counted
        async with asyncio.timeout(CALM):
            await at_rest(town, farm)
    for relay in living:
        await relay.end()
    await weigh(tally, town, farm)
    return tally


async def watch(town: Town, farm: Farm, floor: int) -> None:
    """Have the farm's feeds looked at every ``floor`` seconds; returns once each was read, and is silent so far."""
    now = CLOCK.now()
    async with town.store.write() as tx:
        for each in farm.addresses:
            where = {"address": each, "host": host(each), "lane": of_feed(each)}
            tx.add(Feed(newsroom_id=town.newsroom, next_look_at=now, floor=floor, **where))
    unread = select(func.count()).select_from(Feed).where(col(Feed.baseline_at).is_(None))
    async with asyncio.timeout(READY):
        while True:
            async with town.store.read() as tx:
                if not (await tx.exec(unread)).one():
                    break
            await CLOCK.sleep(0.1)
    async with town.store.write() as tx:
        await tx.exec(update(Feed).values(gap=0.0, next_look_at=CLOCK.now()))


async def _publish(town: Town, farm: Farm, rng: random.Random) -> None:
    """At random, but never more than the relays have time for: a feed that brings many at once is held for a person."""
    published, answered = 0, select(func.count()).select_from(Delivery).where(col(Delivery.state).in_(SETTLED))
    while True:
        async with town.store.read() as tx:
            waiting = published - (await tx.exec(answered)).one()
        if waiting < UNANSWERED:
            farm.publish(rng.randrange(len(farm.addresses)))
            published += 1
        await CLOCK.sleep(1 / RATE)


async def _replace(town: Town, living: list[Relay], rng: random.Random) -> None:
    """Kill one, whatever it is doing, and start another in its place."""
    relay = living.pop(rng.randrange(len(living)))
    if rng.random() > NEWBORN:
        await relay.at_work()
    await CLOCK.sleep(rng.uniform(0, LONGEST))
    relay.kill()
    await relay.ended()
    living.append(town.relay(pulse=PULSE, settings=PATIENT))


async def _answers(town: Town) -> dict[str, list[str]]:
    """From the ledger: the address of each article with a notice → the states of its notices."""
    query = (
        select(Article.link, Delivery.state)
        .join(Notice, col(Notice.article_id) == col(Article.id))
        .join(Delivery, col(Delivery.notice_id) == col(Notice.id))
        .where(Delivery.action == Action.PUBLISH)
    )
    found = defaultdict[str, list[str]](list)
    async with town.store.read() as tx:
        for link, state in (await tx.exec(query)).all():
            found[link].append(state)
    return found


async def at_rest(town: Town, farm: Farm) -> None:
    """Returns once every article has come to its end."""
    while True:
        answers = await _answers(town)
        if all(answers.get(link) and SETTLED.issuperset(answers[link]) for link in _links(farm)):
            return
        await CLOCK.sleep(0.2)


async def weigh(tally: Tally, town: Town, farm: Farm) -> None:
    """What was published against what the ledger says of it, and against what stands."""
    compare(tally, _links(farm), await _answers(town), Counter(_LINK.findall(" ".join(town.texts(KIND)))))


def compare(
    tally: Tally, published: Collection[str], answers: Mapping[str, Sequence[str]], standing: Mapping[str, int]
) -> None:
    """The same of what is known by the address of each article. Pure."""
    for link in published:
        tally.weigh(link, {KIND: answers.get(link, [])}, {KIND: standing.get(link, 0)}, owed=True)
    for link in (answers.keys() | standing.keys()) - set(published):
        tally.fault("unaccounted", f"{link} was never published, and answered: {answers.get(link)}")
    tally.counts["watched"] = len(published)


def _links(farm: Farm) -> list[str]:
    return [farm.link(each) for each in farm.published()]
