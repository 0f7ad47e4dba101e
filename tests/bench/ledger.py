# SPDX-License-Identifier: AGPL-3.0-or-later
"""Ledger and engine alone on SQLite: deliveries a second of 20 ms elsewhere, with every claim on the disk first.

Beside it a bare loop with the same promise in 40 lines: a claim is committed before its request, an outcome after it.
"""

import asyncio
import os
import sqlite3
from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import process_time

import town
from crowd import IO, LANES, Crowd, crowd, file
from rows import Missing, Row

from relay.clock import stopwatch
from relay.deliveries import hand

DELIVERIES, FEWER = 10_000, 5_000  # ours, and the bare loop’s
ROUNDS, LONG = 3, 6.0  # rounds; but seconds after which no other is begun
WIDE = 200  # the prototype's width of a single lane
MORE = """CREATE TABLE work (id INTEGER PRIMARY KEY, lane INTEGER, state TEXT, post TEXT, url TEXT);
CREATE INDEX waiting ON work (lane, state, id)"""
NEXT = "SELECT id FROM work WHERE lane = ? AND state = 'pending' ORDER BY id LIMIT ?"
CLAIM = "UPDATE work SET state = 'sending', post = ? WHERE id = ?"
SETTLE = "UPDATE work SET state = 'sent', url = ? WHERE id = ?"


@dataclass(frozen=True)
class Rate:
    """Deliveries a second of a clock, and of the processor: what a core would do that nobody else is using."""

    wall: float
    core: float


async def rows() -> AsyncGenerator[Row | Missing, None]:
    """SQLite over 50 lanes, in one wide lane, and in one lane as it is shipped."""
    with TemporaryDirectory(prefix="piquet-bench-") as folder:
        yield Row("disk: a page made durable", fsync(Path(folder)) * 1000, "ms")
    many = await measured(LANES, each=8, width=hand.WIDTH)
    yield Row("SQLite, 50 lanes: deliveries of 20 ms", many.wall, "/s", 2_000, least=True)
    yield Row("SQLite, 50 lanes: deliveries a CPU second", many.core, "/s")
    yield Row("SQLite, 50 lanes: rate / bare loop’s", many.wall / await in_rounds(LANES, hand.WIDTH), "×")
    one = await measured(1, each=WIDE, width=WIDE)
    yield Row("SQLite, one lane, 200 under way: deliveries of 20 ms", one.wall, "/s", 5_000, least=True)
    yield Row("SQLite, one lane, 200 under way: deliveries a CPU second", one.core, "/s")
    yield Row("SQLite, one lane, 200 under way: rate / bare loop’s", one.wall / await in_rounds(1, WIDE), "×")
    possible = hand.WIDTH / IO
    shipped = await measured(1, each=WIDE, width=hand.WIDTH, deliveries=1_000)
    yield Row(f"SQLite, one lane as shipped: rate / {possible:.0f} possible", shipped.wall / possible, "×")


async def measured(hosts: int, each: int, width: int, deliveries: int = DELIVERIES) -> Rate:
    """From the ring until the ledger knows the last of them as said; the median of the rounds."""
    took, articles = list[tuple[float, float]](), deliveries // (hosts * each)
    with TemporaryDirectory(prefix="piquet-bench-") as folder, so_wide(width):
        async with crowd(Path(folder), file(Path(folder)), each, hosts) as made, made.at_work():
            while len(took) < ROUNDS and sum(wall for wall, _ in took) < LONG:
                took.append(await _round(made, range(len(took) * articles, (len(took) + 1) * articles)))
    return Rate(deliveries / median(wall for wall, _ in took), deliveries / median(core for _, core in took))


async def _round(made: Crowd, articles: range) -> tuple[float, float]:
    """Seconds on the clock and of the processor to answer the articles on every account."""
    most = len(made.hosts.heard) + len(articles) * len(made.accounts)
    await town.publish(made.house, made.room, articles)
    began, spent = stopwatch(), process_time()
    made.house.engine.ring_all(made.lanes)
    while len(made.hosts.heard) < most:  # noqa: ASYNC110 - asking the ledger all the time would slow it
        await asyncio.sleep(0.02)
    return await made.settled() - began, process_time() - spent


@contextmanager
def so_wide(width: int) -> Iterator[None]:
    """So many posts under way at once in a lane, where the house allows a host far fewer."""
    shipped, hand.WIDTH = hand.WIDTH, width
    try:
        yield
    finally:
        hand.WIDTH = shipped


async def in_rounds(lanes: int, width: int) -> float:
    """The bare loop's deliveries a second, in the middle of several rounds."""
    return median([await bare(lanes, width) for _ in range(2)])


async def bare(lanes: int, width: int) -> float:
    """Deliveries a second of a loop with two durable transactions in turn a lane, on one connection, in one table."""
    with TemporaryDirectory(prefix="piquet-bench-") as folder:
        ledger = sqlite3.connect(Path(folder) / "bare.db", isolation_level=None)
        ledger.execute("PRAGMA journal_mode=WAL")
        ledger.execute("PRAGMA synchronous=FULL")
        ledger.executescript(MORE)
        ledger.execute("BEGIN")
        made = ((number % lanes, "pending") for number in range(FEWER))
        ledger.executemany("INSERT INTO work (lane, state) VALUES (?, ?)", made)
        ledger.execute("COMMIT")
        began = stopwatch()
        await asyncio.gather(*(_lane(ledger, lane, width) for lane in range(lanes)))
        took = stopwatch() - began
        ledger.close()
    return FEWER / took


async def _lane(ledger: sqlite3.Connection, lane: int, width: int) -> None:
    said: list[int] = []
    while True:
        ledger.execute("BEGIN IMMEDIATE")
        ledger.executemany(SETTLE, (("https://fake.example/17", each) for each in said))
        said = [each for (each,) in ledger.execute(NEXT, (lane, width))]
        ledger.executemany(CLAIM, ((town.WORDING * 3, each) for each in said))
        ledger.execute("COMMIT")
        if not said:
            return
        await asyncio.gather(*(asyncio.sleep(IO) for _ in said))


def fsync(folder: Path, times: int = 200) -> float:
    """Seconds until a page is on the disk, in the middle of so many times."""
    took = []
    with (folder / "page").open("wb", buffering=0) as page:
        for _ in range(times):
            page.write(bytes(4096))
            began = stopwatch()
            os.fsync(page.fileno())
            took.append(stopwatch() - began)
    return median(took)
