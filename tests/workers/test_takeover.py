# SPDX-License-Identifier: AGPL-3.0-or-later
"""Three machines share the work of a strike; one is killed, one stands still: nothing is lost, nothing said twice."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from fleet import Machine, Servers, at_work, machine, prepare, publish, settings, standing, wait_for
from postgres import Cluster

from relay.house import House, open_house

TAKEOVER = 15.0  # seconds after which the lanes of a dead machine have moved on
ARTICLES = [f"Article numéro {number}" for number in range(30)]


@pytest.fixture
def database(postgres: Cluster) -> str:
    return postgres.create()


@pytest.fixture
async def servers() -> AsyncIterator[Servers]:
    made = Servers(count=8, delay=0.15)
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
async def house(tmp_path: Path, database: str) -> AsyncIterator[House]:
    """It plans and looks on, and works no lane itself."""
    async with open_house(settings(tmp_path, database)) as made:
        made.engine.ring("none")  # the tables of the engine are there before the first machine is
        yield made


async def in_the_midst(machines: list[Machine], servers: Servers) -> list[tuple[Machine, set[int]]]:
    """Wait until all lanes are being worked; returns which machine speaks to which servers, the busiest first."""
    await wait_for(lambda: min(servers.counts(servers.ports).values()) > 2, 30)
    shares = [(each, each.ports() & servers.ports) for each in machines]
    return sorted(shares, key=lambda share: -len(share[1]))


async def all_sent(house: House, expected: int) -> None:
    async with asyncio.timeout(60):
        while (await standing(house)).get("sent") != expected:  # noqa: ASYNC110 - others write what we read
            await asyncio.sleep(0.2)


async def test_one_killed_one_frozen_nothing_lost_nothing_twice(
    tmp_path: Path, database: str, house: House, servers: Servers
) -> None:
    """Half of the servers honour no key: there only reading back keeps a second copy away."""
    newsroom = await prepare(house, servers)
    expected = len(servers.instances) * (len(ARTICLES) + 2)  # the start notice, and an urgent article
    with ExitStack() as stack:
        machines = [stack.enter_context(machine(tmp_path / str(number), database)) for number in range(3)]
        await wait_for(lambda: at_work(database) == 3, 30)
        await asyncio.sleep(2)  # by now each has heard of the others
        await publish(house, newsroom, ARTICLES)
        (killed, some), (frozen, more), (well, _) = await in_the_midst(machines, servers)
        assert some
        assert more
        orphaned = some | more
        frozen.freeze()
        killed.kill()
        await publish(house, newsroom, ["Urgent"])
        await wait_for(lambda: orphaned <= servers.with_word("Urgent"), TAKEOVER)
        frozen.thaw()
        await all_sent(house, expected)
        assert (0, 0) == (await frozen.stop(), await well.stop())
    answers = servers.answers()
    assert {"sent": expected, "pending": len(servers.instances)} == await standing(house)  # the end notices wait
    assert (len(servers.instances) * (len(ARTICLES) + 1), {1}) == (len(answers), set(answers.values()))
