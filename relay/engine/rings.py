# SPDX-License-Identifier: AGPL-3.0-or-later
"""The rings of all machines: Procrastinate jobs in PostgreSQL, one a lane, deleted when done."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.jobs import Job, Status
from procrastinate.manager import JobManager, get_channel_for_queues
from procrastinate.psycopg_connector import PsycopgConnector
from psycopg import AsyncConnection
from psycopg.sql import SQL, Identifier

from relay.clock import heed_cancellation
from relay.engine.tables import SCHEMA, prepare
from relay.store.postgres import NAME

QUEUE = TASK = "drain"
CONNECT: dict[str, Any] = {
    # A ring that PostgreSQL forgets in a crash is rung again by the sweep: nobody waits for the disk because of one.
    "options": f"-c search_path={SCHEMA} -c synchronous_commit=off",
    # A database host that vanished is noticed before our lanes have gone to others.
    "connect_timeout": 5,
    "tcp_user_timeout": 5_000,
    "keepalives_idle": 2,
    "keepalives_interval": 2,
    "keepalives_count": 2,
}

# PostgreSQL's own idle_in_transaction_session_timeout does not count within a pipeline, nor, on 15.18, after most of
# them (psycopg sends many rows as one: https://www.psycopg.org/psycopg3/docs/advanced/pipeline.html).
UNDO = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND usename = current_user AND application_name = %(name)s
  AND backend_xid IS NOT NULL AND wait_event = 'ClientRead' AND state_change < now() - %(silent)s * interval '1 second'
"""


class Rings:
    """Where every machine puts its rings and takes up those of all. Opened by need, shut after trouble, opened again.

    ``lock`` and ``queueing_lock`` are the lane: one machine drains it, and of the rings that wait one is kept. All have
    the same priority and none is scheduled, since a scheduled one would hold up those behind it in its lock.
    """

    def __init__(self, address: str) -> None:
        self._address = address
        self._connector = PsycopgConnector(
            conninfo=address, kwargs=CONNECT, configure=_configure, min_size=2, max_size=8, timeout=5.0
        )
        self.jobs = JobManager(self._connector)
        self._opening, self._open = asyncio.Lock(), False

    async def open(self) -> None:
        """Connect, unless connected. Raises Unusable if PostgreSQL does not let us make our tables."""
        async with self._opening:
            if not self._open:
                async with await self._connect() as connection:
                    await prepare(connection)
                await self._connector.open_async()
                self._open = True

    async def shut(self) -> None:
        """Give back every connection."""
        async with self._opening:
            self._open = False
            await self._connector.close_async()

    async def put(self, lanes: Iterable[str]) -> None:
        """One ring a lane, none where one waits already; in order, so that two machines never wait for each other."""
        missing = set(lanes)
        while missing:
            try:
                await self.jobs.batch_defer_jobs_async([_ring(lane) for lane in sorted(missing)])
                return
            except AlreadyEnqueued:
                missing -= {str(job.lock) for job in await self.jobs.list_jobs_async(status=Status.TODO.value)}

    async def take(self, worker: int) -> Job | None:
        """The next ring whose lane is free; from now on the lane is this worker's."""
        return await self.jobs.fetch_job([QUEUE], worker)

    async def done(self, ring: Job) -> None:
        """Free the lane. Raises ConnectorException if it is no longer ours to free."""
        await self.jobs.finish_job(ring, Status.SUCCEEDED, delete_job=True)

    async def machines(self) -> int:
        """How many workers there are."""
        row = await self._connector.execute_query_one_async("SELECT count(*) AS count FROM procrastinate_workers")
        return int(row["count"])

    async def stalled(self, seconds: float) -> Sequence[Job]:
        """What workers hold that gave no heartbeat for so long."""
        return list(await self.jobs.get_stalled_jobs(seconds_since_heartbeat=seconds))

    async def undo(self, seconds: float) -> None:
        """End the transactions in which a machine has written and then said nothing for so long: it froze, and holds
        up the others. Whoever wakes up learns of it.
        """
        await self._connector.execute_query_all_async(UNDO, name=NAME, silent=seconds)

    async def listen(self, heard: Callable[[], None]) -> None:
        """Call ``heard`` whenever somebody rings; returns never.

        On a connection of our own: ``JobManager.listen_for_jobs`` of Procrastinate 3.10 can swallow its cancellation.
        """
        async with await self._connect() as connection:
            for channel in get_channel_for_queues([QUEUE]):
                await connection.execute(SQL("LISTEN {}").format(Identifier(channel)))
            async for _ in connection.notifies():
                heed_cancellation()
                heard()

    async def _connect(self) -> AsyncConnection:
        return await AsyncConnection.connect(self._address, autocommit=True, **CONNECT)


def _ring(lane: str) -> Job:
    return Job(queue=QUEUE, task_name=TASK, lock=lane, queueing_lock=lane)


async def _configure(connection: AsyncConnection) -> None:
    await connection.set_autocommit(True)
