# SPDX-License-Identifier: AGPL-3.0-or-later
"""Three machines share the feeds of a farm; one is killed, one stands still: every feed is looked at again in time."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from crash.relay_process import Nursery, Relay
from crash.town import CLOCK, Town, open_town
from fleet import wait_for
from postgres import Cluster
from soak.feeds import at_rest, watch, weigh
from soak.tally import Tally

from relay.clock import stopwatch
from relay.square.farm.farm import Farm

FEEDS = 48
FLOOR = 6  # s between two looks at a feed
TWICE = 2 * 1.1 * FLOOR  # s; two intervals, with their jitter
PULSE = (0.3, 1.5)


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    made = Nursery()
    yield made
    made.close()


@pytest.fixture
async def farm() -> AsyncIterator[Farm]:
    made = Farm(CLOCK, FEEDS, per_host=1, size=5, spacing=0)
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
async def town(nursery: Nursery, tmp_path: Path, postgres: Cluster, migrated_database: str) -> AsyncIterator[Town]:
    async with open_town(nursery, tmp_path, postgres.create(migrated_database), "A") as made:
        yield made


def machine(town: Town) -> Relay:
    """A ``piquet worker``, soon missed."""
    town.relays.append(town.nursery.bear(town.home, town.database, {"pulse": PULSE}, "worker"))
    return town.relays[-1]


def seen(farm: Farm, relay: Relay) -> set[str]:
    """The hosts of the farm to which the machine has connections: it has looked at their feeds just now."""
    found = psutil.Process(relay.pid).net_connections("tcp")
    return {each.raddr.ip for each in found if each.raddr and each.raddr.port == farm.land.port}


def waited(farm: Farm, since: float = 0.0) -> list[float]:
    """Seconds from the publication of each article since then until somebody asked for its feed."""
    return [each.served - each.appeared for each in farm.published() if each.served and each.appeared >= since]


async def test_feeds_of_dead_machines_are_looked_at_again_within_two_intervals(town: Town, farm: Farm) -> None:
    """And not an article is lost or answered twice, though both stop in the midst of their looks."""
    everywhere, somewhere = range(FEEDS), range(0, FEEDS, 4)
    killed = machine(town)
    await watch(town, farm, FLOOR)
    frozen, well = machine(town), machine(town)
    await wait_for(lambda: all(len(seen(farm, each)) > FEEDS // 10 for each in (killed, frozen, well)), 20)
    farm.publish(*somewhere)
    await wait_for(lambda: len(waited(farm)) > len(somewhere) // 3, TWICE)
    killed.kill()
    frozen.freeze()
    stopped = stopwatch()
    farm.publish(*everywhere)
    await wait_for(lambda: len(waited(farm, stopped)) == FEEDS, 2 * TWICE)
    longest = max(waited(farm, stopped))
    frozen.thaw()
    farm.publish(*somewhere)
    with suppress(TimeoutError):  # what is left is counted
        async with asyncio.timeout(40):
            await at_rest(town, farm)
    assert (0, 0) == (await frozen.end(), await well.end())
    tally = Tally()
    await weigh(tally, town, farm)
    assert [] == tally.faults
    assert longest < TWICE
