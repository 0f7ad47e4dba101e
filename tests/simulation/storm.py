# SPDX-License-Identifier: AGPL-3.0-or-later
"""R5: half an hour in which every host answers 429 or 503 to everything, with a thousand rows to be said.

A fourth of them is one host's, so that what is said once all is well comes to more than the 250 requests in five
minutes that a host may get in the storm.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from simulation.fates import STORM, Fate
from simulation.scene import BEGIN, DAY
from simulation.verdict import Expected, Verdict, judge
from simulation.world import World, copied

ACCOUNTS, ARTICLES = 25, 10  # on each of four networks: a thousand rows
BEGINS, ENDS = BEGIN + timedelta(minutes=1), BEGIN + timedelta(minutes=31)
DRAINED = timedelta(minutes=5)


@dataclass(frozen=True)
class Weathered:
    """How it ended: ``rows`` of articles, and the most requests that one host got in any five minutes, in any minute of
    the storm's second half, and ``all_told`` during the storm.
    """

    verdict: Verdict
    rows: int
    five_minutes: int
    minute: int
    all_told: int


def storm(ground: Path, folder: Path, seed: int, fates: Sequence[Fate] = STORM) -> Weathered:
    """``ground``: a ledger with ``ACCOUNTS`` on each network; ``fates``: what every request meets."""
    with World(seed, copied(ground, folder), zero=BEGIN, sweep=600) as world:
        links = []
        for number in range(ARTICLES):
            moment = BEGINS + timedelta(minutes=1 + 2.75 * number)
            world.at(moment, lambda n=number, at=moment: links.append(world.press.publish(f"Article {n}", at).link))
        for host in world.hosts.values():
            host.weather.spoil(BEGINS, 30, fates)
        world.start()
        world.run(ENDS + DRAINED)
        verdict = judge(world, Expected(tuple(links), DAY, owed=True))
        rows = sum(verdict.states.values()) - 2 * ACCOUNTS * len(world.hosts)  # without starts and ends
        later = BEGINS + (ENDS - BEGINS) / 2
        hosts = [[each.at for each in world.begun if each.host == host.name] for host in world.hosts.values()]
        stormy = [[at for at in times if BEGINS <= at < ENDS] for times in hosts]
        return Weathered(
            verdict,
            rows,
            max(_most(times, timedelta(minutes=5)) for times in stormy),
            max(_most([at for at in times if at >= later], timedelta(minutes=1)) for times in stormy),
            max(map(len, stormy)),
        )


def _most(times: Sequence[datetime], within: timedelta) -> int:
    """The most of these in any stretch of that length."""
    first = most = 0
    for last, at in enumerate(times):
        while at - times[first] >= within:
            first += 1
        most = max(most, last - first + 1)
    return most
