# SPDX-License-Identifier: AGPL-3.0-or-later
"""The house at work on feeds, and what is seen of it: cores, memory, how late looks begin, how late the loop is."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field

import psutil
from feeds_ready import Watched

from relay.clock import RealClock, stopwatch
from relay.feeds import patrol
from relay.feeds.look import Look
from relay.feeds.parse.parser import Parser
from relay.outside import Outside
from relay.store.looks import Due

SAMPLE = 0.005  # s between two looks at the loop


@dataclass
class Looks:
    """What is seen of looks while ``open``: of each the address, how late it began and how long it took, s; how
    many ended in a fault.
    """

    open: bool = False
    made: list[tuple[str, float, float]] = field(default_factory=list)
    failed: int = 0


@contextmanager
def looked_on() -> Iterator[Looks]:
    """Every look of this process until the block ends."""
    shipped, seen = patrol.look, Looks()

    async def look(outside: Outside, parser: Parser, feed: Due) -> Look:
        began = stopwatch()
        found = await shipped(outside, parser, feed)
        if seen.open:
            late = (found.began - feed.next_look_at).total_seconds()
            seen.made.append((feed.address, late, stopwatch() - began))
            seen.failed += found.fault is not None
        return found

    patrol.look = look
    try:
        yield seen
    finally:
        patrol.look = shipped


@asynccontextmanager
async def at_work(here: Watched) -> AsyncIterator[None]:
    """The engine runs in this process until the block ends."""
    work = asyncio.create_task(here.house.run())
    try:
        yield
    finally:
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)


@asynccontextmanager
async def lag() -> AsyncIterator[list[float]]:
    """How late the loop woke a sleeper, s, asked every few milliseconds."""
    late = list[float]()

    async def watch() -> None:
        while True:
            began = stopwatch()
            await RealClock().sleep(SAMPLE)
            late.append(max(0.0, stopwatch() - began - SAMPLE))

    watching = asyncio.create_task(watch())
    try:
        yield late
    finally:
        watching.cancel()


def cpu() -> float:
    """Processor seconds of this process and its children that read feeds; the farm is none of them."""
    return sum(sum(each.cpu_times()[:2]) for each in _relay())


def megabytes(*, readers: bool = True) -> float:
    """Resident memory of the same, or of this process alone."""
    return sum(each.memory_info().rss for each in _relay()[: None if readers else 1]) / 1024**2


def _relay() -> list[psutil.Process]:
    here = psutil.Process()
    return [here, *(each for each in here.children() if "relay.feeds.parse.box" in each.cmdline())]


def at(values: list[float], share: float) -> float:
    """The value below which such a share of them lies."""
    return sorted(values)[min(int(share * len(values)), len(values) - 1)]
