# SPDX-License-Identifier: AGPL-3.0-or-later
"""5,000 feeds a minute of which every fault of the farm's catalogue has twenty: what the others feel of it."""

from dataclasses import dataclass
from statistics import median

from farm_process import FarmProcess
from feeds_ready import Watched, watched
from feeds_work import Looks, at, at_work, lag, looked_on, megabytes

from relay.clock import RealClock
from relay.square.farm.faults import FAULTS

FEEDS, EACH, PER_HOST = 5000, 20, 10
EVERY, FLOOR = 60.0, 58.5  # s
NEEDS_MORE = {"untrusted"}  # a certificate


@dataclass(frozen=True)
class Stretch:
    """Some seconds of work: how late the loop was, p99; how long looks at healthy feeds took, middle and p99; how
    late they began, p99; all in s; resident MB of the relay's own process in the end.
    """

    lag: float
    middle: float
    slowest: float
    late: float
    megabytes: float


async def stretches(warm: float, seconds: float) -> tuple[Stretch, Stretch]:
    """All well, then with all faults on."""
    kinds = [name for name in FAULTS if name not in NEEDS_MORE]
    with FarmProcess(feeds=FEEDS, per_host=PER_HOST, spacing=0) as farm, looked_on() as looks:
        async with watched(farm, FEEDS, over=EVERY, newsrooms=10, look_floor=FLOOR) as here, at_work(here):
            await RealClock().sleep(warm)
            before = await _stretch(here, looks, set(), seconds)
            ill = _plant(here, kinds)
            await RealClock().sleep(warm)
            return before, await _stretch(here, looks, ill, seconds)


def _plant(here: Watched, kinds: list[str]) -> set[str]:
    """Have each fault in twenty feeds, a host's worth of one kind at a time; returns their addresses."""
    ill = set[str]()
    for turn, name in enumerate(kinds):
        feeds = list(range(turn * EACH, (turn + 1) * EACH))
        here.farm.ask("fault", name=name, feeds=feeds)
        ill |= {here.farm.address(feed) for feed in feeds}
    return ill


async def _stretch(here: Watched, looks: Looks, ill: set[str], seconds: float) -> Stretch:
    looks.made.clear()
    async with lag() as late:
        looks.open = True
        await RealClock().sleep(seconds)
        looks.open = False
    took = [took for address, _, took in looks.made if address not in ill]
    began = [late for address, late, _ in looks.made if address not in ill]
    return Stretch(at(late, 0.99), median(took), at(took, 0.99), at(began, 0.99), megabytes(readers=False))
