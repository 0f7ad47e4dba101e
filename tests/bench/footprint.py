# SPDX-License-Identifier: AGPL-3.0-or-later
"""What it costs to have Piquet: memory of ``piquet run`` with a hundred feeds, time of ``piquet --help``."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import psutil
import town
from rows import Missing, Row

from relay.clock import RealClock, stopwatch
from relay.house import open_house
from relay.square.press import Press
from relay.store.feed import Feed
from relay.store.lanes import of_feed

PIQUET = str(Path(sys.executable).with_name("piquet"))
FEEDS = 100


async def rows() -> AsyncGenerator[Row | Missing, None]:
    """Memory at work, and the shortest command."""
    yield Row("memory of piquet run, 100 feeds", await run_megabytes(), "MB", 200)
    yield Row("CPU of an idle piquet run, of one core", await idle_percent(), "%", 1)
    yield Row("piquet --help", help_seconds(), "s", 0.5)


def help_seconds(runs: int = 7) -> float:
    """Seconds until ``piquet --help`` has been said, in the middle of several."""
    took = []
    for _ in range(runs):
        began = stopwatch()
        subprocess.run([PIQUET, "--help"], stdout=subprocess.DEVNULL, check=True)
        took.append(stopwatch() - began)
    return median(took[1:])


async def run_megabytes(seconds: float = 8.0) -> float:
    """Resident MB of ``piquet run`` after every one of a hundred feeds has been read, without its parser."""
    presses = [Press(RealClock()) for _ in range(FEEDS)]
    with TemporaryDirectory(prefix="piquet-bench-") as folder:
        home = Path(folder)
        for press in presses:
            for number in range(20):
                press.publish(f"Article {number}", "Un résumé de deux lignes. " * 8)
            await press.start()
        await _subscribe(home, presses)
        async with _at_work(home, presses) as process:
            await RealClock().sleep(seconds / 4)
            measured = process.memory_info().rss / 1024**2
        for press in presses:
            await press.stop()
    return measured


async def idle_percent(seconds: float = 20.0) -> float:
    """Processor time of ``piquet run`` while its feed brings nothing, in percent of one core."""
    with TemporaryDirectory(prefix="piquet-bench-") as folder:
        home, press = Path(folder), Press(RealClock())
        press.publish("Article", "Un résumé.")
        await press.start()
        await _subscribe(home, [press])
        async with _at_work(home, [press]) as process:
            await RealClock().sleep(5)  # the start is not idleness
            began, spent = stopwatch(), _spent(process)
            await RealClock().sleep(seconds)
            measured = 100 * (_spent(process) - spent) / (stopwatch() - began)
        await press.stop()
    return measured


def _spent(process: psutil.Process) -> float:
    """Seconds of the processor that a process and its children have used."""
    return sum(sum(each.cpu_times()[:2]) for each in [process, *process.children(recursive=True)])


async def _subscribe(home: Path, presses: list[Press]) -> None:
    async with open_house(town.settings(home)) as made:
        room, now = await town.newsroom(made), made.outside.clock.now()
        async with made.store.write() as tx:
            for press in presses:
                tx.add(Feed(newsroom_id=room, address=press.feed, lane=of_feed(press.feed), next_look_at=now))


@asynccontextmanager
async def _at_work(home: Path, presses: list[Press]) -> AsyncIterator[psutil.Process]:
    """``piquet run``, once it has read every feed."""
    environ = {**os.environ, "PIQUET_HOME": str(home), "PIQUET_ALLOW_NETWORKS": "127.0.0.0/8"}
    process = await asyncio.create_subprocess_exec(PIQUET, "run", env=environ, stdout=asyncio.subprocess.DEVNULL)
    try:
        async with asyncio.timeout(60):
            while any(press.asked == 0 for press in presses):
                await RealClock().sleep(0.2)
        yield psutil.Process(process.pid)
    finally:
        process.terminate()
        await process.wait()
