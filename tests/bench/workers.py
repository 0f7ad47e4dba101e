# SPDX-License-Identifier: AGPL-3.0-or-later
"""Many machines on one PostgreSQL: deliveries a second with 20 ms of simulated I/O over 50 lanes, and takeover time."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psycopg
import town
from worker_process import opened

from relay.house import House
from relay.networks.port import Identity
from relay.store.account import Account

sys.path.insert(0, str(Path(__file__).parents[1]))
from postgres import Cluster

LANES = 50
READY = 2.5  # seconds; by then machines know of each other
LISTENERS = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'"
UNSAID = "SELECT count(*) FROM delivery WHERE state IN ('pending', 'sending') AND due_at <= %s"
SETTLED = "SELECT count(*) FROM delivery WHERE state = 'sent' AND settled_at > %s"
SPAN = "SELECT max(settled_at) FROM delivery WHERE state = 'sent'"
HEIRS = "SELECT lane, min(settled_at) FROM delivery WHERE state = 'sent' AND settled_at > %s GROUP BY lane"


@dataclass(frozen=True)
class Stage:
    """A strike on ``LANES`` hosts, and where it is kept."""

    house: House
    room: int
    home: Path
    database: str

    def ask(self, question: str, *values: object) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.database, options="-c timezone=UTC") as connection:
            return connection.execute(question, values or None).fetchall()

    def now(self) -> datetime:
        """The clock of this machine, as the ledger keeps moments."""
        return self.house.outside.clock.now().replace(tzinfo=None)


async def throughput(machines: int, accounts: int = 8, articles: int = 25) -> float:
    """Deliveries a second of so many machines together, from the ring to the last one in the ledger."""
    async with stage(accounts) as made:
        with ExitStack() as stack:
            for number in range(machines):
                stack.enter_context(machine(made, number))
            await _ready(made, machines)
            count = LANES * accounts * articles
            await town.publish(made.house, made.room, range(articles))
            began = made.now()
            await made.house.rouse()
            await _until(lambda: made.ask(SETTLED, began)[0][0] >= count)
        return float(count / (made.ask(SPAN)[0][0] - began).total_seconds())


async def takeover(articles: int = 200) -> float:
    """Seconds from the SIGKILL of the machine that holds every lane until the last of them has moved on."""
    async with stage(1) as made:
        with machine(made, 0) as first:
            await _ready(made, 1)
            began = made.now()
            await town.publish(made.house, made.room, range(articles))
            await made.house.rouse()
            await _until(lambda: len(made.ask(HEIRS, began)) == LANES)
            first.kill()
            killed = made.now() + timedelta(seconds=0.5)  # what PostgreSQL had received is in by then
            with machine(made, 1):
                await _until(lambda: len(made.ask(HEIRS, killed)) == LANES)
        last = max(moment for _, moment in made.ask(HEIRS, killed))
        return float((last - killed).total_seconds()) + 0.5


@asynccontextmanager
async def stage(accounts: int) -> AsyncIterator[Stage]:
    """A strike that is on, with so many accounts on each host, on a PostgreSQL that waits for its disk."""
    cluster = Cluster(fsync="on", full_page_writes="on")
    cluster.start()
    try:
        database = cluster.create()
        with TemporaryDirectory(prefix="piquet-bench-") as home:
            async with opened(Path(home), database) as house:
                room = await town.newsroom(house)
                await town.strike(house, room, await _accounts(house, room, accounts))
                yield Stage(house, room, Path(home), database)
    finally:
        cluster.stop()


async def _accounts(house: House, room: int, each: int) -> list[Account]:
    """Saved as if connected: nobody is asked."""
    now, made = house.outside.clock.now(), list[Account]()
    async with house.store.write() as tx:
        for number in range(LANES * each):
            handle, host = f"desk{number}", f"h{number % LANES}.example"
            who = Identity(f"{handle}@{host}", f"@{handle}", f"https://{host}/@{handle}")
            made.append(await house.seats.save(room, tx, "fake", {"handle": handle, "token": "t"}, who, now))
    return made


@contextmanager
def machine(made: Stage, number: int) -> Iterator["subprocess.Popen[str]"]:
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


async def _ready(made: Stage, machines: int) -> None:
    """All are there, the start notices are said, and each has heard of the others."""
    await _until(lambda: made.ask(LISTENERS) == [(machines,)])
    await asyncio.sleep(READY)
    await _until(lambda: made.ask(UNSAID, made.now()) == [(0,)])


async def _until(done: Callable[[], bool]) -> None:
    async with asyncio.timeout(120):
        while not done():  # noqa: ASYNC110 - other processes set no event of ours
            await asyncio.sleep(0.1)
