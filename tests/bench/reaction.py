# SPDX-License-Identifier: AGPL-3.0-or-later
"""How soon a notice is on its way: with nothing else to do, and past a backlog of boosts on its host.

Boosts do not exist yet: deliveries of lower rank stand for them, through the accounts of others on the same host.
"""

import asyncio
import random
from collections.abc import AsyncGenerator, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import servers
import town
from crowd import Crowd, connected, crowd, file
from rows import Missing, Row
from sqlmodel import col, update

from relay.clock import stopwatch
from relay.store.ledger import Delivery
from relay.terms import DeliveryState

SAMPLES, SEED = 220, 17
MEMBERS, BOOSTS, NOTICES, BOOST = 40, 100, 8, 20  # accounts with so many boosts each; rank of a boost


async def rows() -> AsyncGenerator[Row | Missing, None]:
    """Idle on both stores, then overtaking."""
    with TemporaryDirectory(prefix="piquet-bench-") as home:
        for row in await _idle(Path(home), file(Path(home)), "SQLite"):
            yield row
    with TemporaryDirectory(prefix="piquet-bench-") as home:
        for row in await _overtaking(Path(home), file(Path(home))):
            yield row
    if servers.missing():
        yield Missing("reaction on PostgreSQL", servers.missing())
        return
    with servers.postgres() as database, TemporaryDirectory(prefix="piquet-bench-") as home:
        for row in await _idle(Path(home), database, "PostgreSQL"):
            yield row


async def _idle(home: Path, database: str, name: str) -> list[Row]:
    chance, took = random.Random(SEED), []
    async with crowd(home, database, each=1, hosts=1) as made, made.at_work():
        for number in range(SAMPLES):
            await asyncio.sleep(chance.uniform(0, 0.1))
            took.append(await _from_commit(made, number))
    return [
        Row(f"{name}, idle: committed → request begins, p50", _at(took, 0.5) * 1000, "ms"),
        Row(f"{name}, idle: committed → request begins, p99", _at(took, 0.99) * 1000, "ms", 20),
    ]


async def _overtaking(home: Path, database: str) -> list[Row]:
    async with crowd(home, database, each=MEMBERS, hosts=1) as made:
        desk = await town.newsroom(made.house, "desk")
        await town.strike(made.house, desk, await connected(made.house, desk, 1, 1))
        async with made.at_work():
            await _boost(made, range(BOOSTS))
            made.house.ring(made.lanes)
            took = [await _from_commit(replace(made, room=desk), BOOSTS + number) for number in range(NOTICES)]
            assert await made.waiting() > MEMBERS, "the backlog is gone: there was nothing to overtake"
    return [
        Row("a notice overtakes 4,000 boosts on its host, p50", _at(took, 0.5) * 1000, "ms", 50),
        Row("a notice overtakes 4,000 boosts on its host, max", max(took) * 1000, "ms"),
    ]


async def _from_commit(made: Crowd, number: int) -> float:
    """Seconds from the commit of an article's notice until the request that says it begins."""
    await asyncio.sleep(0.03)  # the last one is over
    await town.publish(made.house, made.room, range(number, number + 1))
    began, known = stopwatch(), len(made.hosts.heard)
    made.house.ring(made.lanes)
    while True:
        for text, moment in made.hosts.heard[known:]:
            if f"numéro {number} " in text:
                return moment - began
        await asyncio.sleep(0.002)


async def _boost(made: Crowd, numbers: range) -> None:
    """A backlog that may wait."""
    await town.publish(made.house, made.room, numbers)
    async with made.house.store.write() as tx:
        waiting = update(Delivery).where(col(Delivery.state) == DeliveryState.PENDING)
        await tx.exec(waiting.values(rank=BOOST))


def _at(took: Sequence[float], share: float) -> float:
    return sorted(took)[min(len(took) - 1, int(share * len(took)))]
