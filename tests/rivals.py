# SPDX-License-Identifier: AGPL-3.0-or-later
"""Races on PostgreSQL that always run the same way: one begins, the other has to wait for it."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from relay.store.database import Store

WAITERS = text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")


@asynccontextmanager
async def ahead_of(store: Store, rival: Coroutine[Any, Any, Any]) -> AsyncIterator[AsyncSession]:
    """A transaction that commits once ``rival``, which begins after all that is done in it, waits for it."""
    async with store.write() as tx:
        yield tx
        await tx.flush()
        late = asyncio.create_task(rival)
        async with asyncio.timeout(8):
            while not await _waiters(store):
                assert not late.done(), "nobody waited"
                await asyncio.sleep(0.01)
    await late


async def _waiters(store: Store) -> int:
    async with store.read() as tx:
        return int((await (await tx.connection()).execute(WAITERS)).scalar_one())
