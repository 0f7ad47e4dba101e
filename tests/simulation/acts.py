# SPDX-License-Identifier: AGPL-3.0-or-later
"""What people do while the relay runs, each as a command of its own: another process on the same ledger."""

from collections.abc import Awaitable, Callable
from typing import Any

from simulation.scene import NEWSROOM, STRIKE
from simulation.world import World
from sqlmodel.ext.asyncio.session import AsyncSession

from relay.strikes import plan


def stop(world: World) -> None:
    """Press stop now."""
    _command(world, lambda tx: plan.stop(NEWSROOM, tx, STRIKE, world.clock.now()))


def _command(world: World, act: Callable[[AsyncSession], Awaitable[Any]]) -> None:
    async def work() -> None:
        store = world.store()
        async with store.write() as tx:
            await act(tx)
        await store.aclose()

    world.loop.create_task(work())
