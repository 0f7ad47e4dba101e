# SPDX-License-Identifier: AGPL-3.0-or-later
"""What every play needs: an instance on an empty disk, tasks that end with a block, an audience that may leave."""

import asyncio
import signal
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from relay.settings import Settings


def settings(folder: Path) -> Settings:
    """Those of an instance that may talk to this machine only."""
    return Settings(
        home=folder,
        database=f"sqlite:///{folder / 'piquet.db'}",
        key_file=str(folder / "piquet.db.key"),
        allow_networks=("127.0.0.0/8", "::1/128"),
        contact="https://collectif.example",
        log_level="warning",
    )


@asynccontextmanager
async def working(work: Coroutine[Any, Any, None]) -> AsyncIterator["asyncio.Task[None]"]:
    """``work`` as a task that ends with the block."""
    task = asyncio.create_task(work)
    try:
        yield task
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


@asynccontextmanager
async def on_interrupt(stop: asyncio.Event) -> AsyncIterator[None]:
    """Ctrl-C ends the story calmly: what is open is closed, and the count is shown."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    try:
        yield
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)


async def pause(stop: asyncio.Event, seconds: float | None) -> None:
    """Wait for ``seconds``, for ever if None, or until told to stop."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await stop.wait()
