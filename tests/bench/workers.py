# SPDX-License-Identifier: AGPL-3.0-or-later
"""Many machines on one PostgreSQL: deliveries a second with 20 ms of simulated I/O over 50 lanes, and takeover time."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psycopg
import servers
import town
from crowd import LANES, Crowd, crowd
from rows import Missing, Row

READY = 2.5  # seconds; by then machines know of each other
LISTENERS = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'"
UNSAID = "SELECT count(*) FROM delivery WHERE state IN ('pending', 'sending') AND due_at <= %s"
SETTLED = "SELECT count(*) FROM delivery WHERE state = 'sent' AND settled_at > %s"
SPAN = "SELECT max(settled_at) FROM delivery WHERE state = 'sent'"
HEIRS = "SELECT lane, min(settled_at) FROM delivery WHERE state = 'sent' AND settled_at > %s GROUP BY lane"


async def rows() -> AsyncGenerator[Row | Missing, None]:
    """One, two and four machines, and how long the lanes of a dead one stand still."""
    if servers.missing():
        yield Missing("many machines", servers.missing())
        return
    yield Row("lanes of a killed worker move on", await takeover(), "s", 15)
    alone = await throughput(1)
    yield Row("PostgreSQL, 50 lanes, one worker: deliveries of 20 ms", alone, "/s", 2_500, least=True)
    two = await throughput(2)
    yield Row("PostgreSQL, 50 lanes, two workers", two, "/s")
    yield Row("PostgreSQL: rate of two workers / of one", two / alone, "×", 1, least=True)
    yield Row("PostgreSQL, 50 lanes, four workers", await throughput(4), "/s")


async def throughput(machines: int, each: int = 8, articles: int = 25) -> float:
    """Deliveries a second of so many machines together, from the ring to the last one in the ledger."""
    async with _stage(each) as made:
        with ExitStack() as stack:
            for number in range(machines):
                stack.enter_context(machine(made, number))
            await _ready(made, machines)
            await town.publish(made.house, made.room, range(articles))
            began = _now(made)
            await made.house.rouse()
            await _until(lambda: _ask(made, SETTLED, began)[0][0] >= articles * len(made.accounts))
        return float(articles * len(made.accounts) / (_ask(made, SPAN)[0][0] - began).total_seconds())


async def takeover(articles: int = 200) -> float:
    """Seconds from the SIGKILL of the machine that holds every lane until the last of them has moved on."""
    async with _stage(1) as made:
        with machine(made, 0) as first:
            await _ready(made, 1)
            began = _now(made)
            await town.publish(made.house, made.room, range(articles))
            await made.house.rouse()
            await _until(lambda: len(_ask(made, HEIRS, began)) == LANES)
            first.kill()
            killed = _now(made) + timedelta(seconds=0.5)  # what PostgreSQL had received is in by then
            with machine(made, 1):
                await _until(lambda: len(_ask(made, HEIRS, killed)) == LANES)
        last = max(moment for _, moment in _ask(made, HEIRS, killed))
        return float((last - killed).total_seconds()) + 0.5


@asynccontextmanager
async def _stage(each: int) -> AsyncIterator[Crowd]:
    """A strike that is on, with so many accounts on each host, which this process does nothing about."""
    with servers.postgres() as database, TemporaryDirectory(prefix="piquet-bench-") as home:
        async with crowd(Path(home), database, each) as made:
            yield made


def _ask(made: Crowd, question: str, *values: object) -> list[tuple[Any, ...]]:
    with psycopg.connect(made.database, options="-c timezone=UTC") as connection:
        return connection.execute(question, values or None).fetchall()


def _now(made: Crowd) -> datetime:
    """The clock of this machine, as the ledger keeps moments."""
    return made.house.outside.clock.now().replace(tzinfo=None)


@contextmanager
def machine(made: Crowd, number: int) -> Iterator["subprocess.Popen[str]"]:
    """A worker process, ended with the block."""
    script = str(Path(__file__).with_name("worker_process.py"))
    command = [sys.executable, script, str(made.home / str(number)), made.database]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            process.stdout.readline()
            yield process
        finally:
            process.kill()


async def _ready(made: Crowd, machines: int) -> None:
    """All are there, the start notices are said, and each has heard of the others."""
    await _until(lambda: _ask(made, LISTENERS) == [(machines,)])
    await asyncio.sleep(READY)
    await _until(lambda: _ask(made, UNSAID, _now(made)) == [(0,)])


async def _until(done: Callable[[], bool]) -> None:
    async with asyncio.timeout(120):
        while not done():  # noqa: ASYNC110 - other processes set no event of ours
            await asyncio.sleep(0.1)
