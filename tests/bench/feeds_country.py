# SPDX-License-Identifier: AGPL-3.0-or-later
"""Every newsroom of a country: 100,000 feeds a minute in one process, over plain HTTP on connections that are kept.

The real house works on a ledger filled beforehand: the engine of one machine, all lanes, a strike in every newsroom.
Strikes look every 58.5 to 64.4 s here, which is 60 s in the mean; ten feeds share each host.
"""

from dataclasses import dataclass

from farm_process import FarmProcess
from feeds_ready import watched
from feeds_work import at_work, cpu, looked_on, megabytes

from relay.clock import RealClock, stopwatch

MANY, FEW = 100_000, 1_000
EVERY, FLOOR = 60.0, 58.5  # s: the mean wait, and what the jitter of ±10 % (never less than the floor) makes it of


@dataclass(frozen=True)
class Minute:
    """How it went: looks a second, cores, resident MB with all children, lateness of the looks, s, failed ones."""

    rate: float
    cores: float
    megabytes: float
    late: list[float]
    failed: int


async def minute(feeds: int, *, newsrooms: int, warm: float, seconds: float) -> Minute:
    """Watch so many feeds for so many seconds, after ``warm`` seconds in which the connections are made."""
    with FarmProcess(feeds=feeds, per_host=10, spacing=0) as farm, looked_on() as looks:
        async with watched(farm, feeds, over=EVERY, newsrooms=newsrooms, look_floor=FLOOR) as here, at_work(here):
            await RealClock().sleep(warm)
            looks.open, began, spent = True, stopwatch(), cpu()
            await RealClock().sleep(seconds)
            looks.open, took = False, stopwatch() - began
            late = [late for _, late, _ in looks.made]
            return Minute(len(late) / took, (cpu() - spent) / took, megabytes(), late, looks.failed)
