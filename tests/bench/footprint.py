# SPDX-License-Identifier: AGPL-3.0-or-later
"""What it costs to have Piquet: memory of ``piquet run`` with a hundred feeds, time of ``piquet --help``."""

import asyncio
import os
import subprocess
import sys
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


async def rows() -> list[Row | Missing]:
    """Memory at work, and the shortest command."""
    return [
        Row("memory of piquet run, 100 feeds", await run_megabytes(), "MB", 200),
        Row("piquet --help", help_seconds(), "s", 0.5),
    ]


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
        measured = await _run(home, presses, seconds)
        for press in presses:
            await press.stop()
    return measured


async def _subscribe(home: Path, presses: list[Press]) -> None:
    async with open_house(town.settings(home)) as made:
        room, now = await town.newsroom(made), made.outside.clock.now()
        async with made.store.write() as tx:
            for press in presses:
                tx.add(Feed(newsroom_id=room, address=press.feed, lane=of_feed(press.feed), next_look_at=now))


async def _run(home: Path, presses: list[Press], seconds: float) -> float:
    environ = {**os.environ, "PIQUET_HOME": str(home), "PIQUET_ALLOW_NETWORKS": "127.0.0.0/8"}
    process = await asyncio.create_subprocess_exec(PIQUET, "run", env=environ, stdout=asyncio.subprocess.DEVNULL)
    try:
        async with asyncio.timeout(60):
            while any(press.asked == 0 for press in presses):
                await RealClock().sleep(0.2)
        await RealClock().sleep(seconds / 4)
        return psutil.Process(process.pid).memory_info().rss / 1024**2
    finally:
        process.terminate()
        await process.wait()
