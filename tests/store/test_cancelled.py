# SPDX-License-Identifier: AGPL-3.0-or-later
"""A transaction that is cancelled anywhere in its middle, as those of a relay that is asked to leave are."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from aiosqlite import Connection
from sqlmodel import update

from relay.store import instance
from relay.store.database import Store
from relay.store.instance import Instance

NOW = datetime(2026, 12, 17, 9, tzinfo=UTC)
ONLY_SQLITE = pytest.mark.parametrize("address", ["sqlite"], indirect=True)
_perform = Connection._execute


async def written(store: Store) -> None:
    async with store.write() as tx:
        row = await instance.get(tx, NOW)
        row.restored_at = NOW
        tx.add(row)
        await tx.exec(update(Instance).values(turned_at=NOW))


@pytest.fixture
def cancel(monkeypatch: pytest.MonkeyPatch) -> Callable[[Store, int], Any]:
    """Write, and be cancelled when SQLite has done the n-th thing it was asked for; the task is kept as it ended."""

    async def begun(store: Store, nth: int) -> asyncio.Task[None]:
        count = 0

        async def counted(self: Connection, what: Any, *args: Any, **more: Any) -> Any:
            nonlocal count
            result = await _perform(self, what, *args, **more)
            if asyncio.current_task() is task:
                count += 1
                if count == nth:
                    task.cancel()
                    await asyncio.sleep(0)
            return result

        task = asyncio.create_task(written(store))
        with monkeypatch.context() as patch:
            patch.setattr(Connection, "_execute", counted)
            await asyncio.wait({task})
        return task

    return begun


@ONLY_SQLITE
async def test_a_write_that_is_cancelled_anywhere_holds_nobody_up(
    store: Store, cancel: Callable[[Store, int], Any]
) -> None:
    ended = []
    while not ended or ended[-1].cancelled():
        ended.append(await cancel(store, len(ended) + 1))
        async with asyncio.timeout(2), store.write() as tx:
            await instance.touch(tx)
    assert len(ended) > 10
