# SPDX-License-Identifier: AGPL-3.0-or-later
"""What people do while the relay runs, each as a command of its own: another process on the same ledger."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

from simulation.scene import NEWSROOM, STRIKE
from simulation.world import World
from sqlmodel.ext.asyncio.session import AsyncSession

from relay.deliveries import audit as audits
from relay.deliveries import recall as recalls
from relay.deliveries import restore
from relay.faults import Invalid
from relay.store.feed import Feed
from relay.store.lanes import of_feed
from relay.strikes import plan

SETTLE = timedelta(minutes=2)


def stop(world: World, pressed: list[datetime]) -> None:
    """Press stop now; ``pressed`` is told when it was committed, by the relay's clock."""
    _command(world, lambda tx: plan.stop(NEWSROOM, tx, STRIKE, world.clock.now()), pressed)


def recall(world: World, pressed: list[datetime]) -> None:
    """Press stop now, and have what was posted deleted."""
    cards = {kind.lower(): host.network().card for kind, host in world.hosts.items()}

    async def act(tx: AsyncSession) -> None:
        await plan.stop(NEWSROOM, tx, STRIKE, world.clock.now())
        await recalls.recall(tx, await plan.get(NEWSROOM, tx, STRIKE), cards, world.clock.now())

    _command(world, act, pressed)


def _command(world: World, act: Callable[[AsyncSession], Awaitable[Any]], done: list[datetime]) -> None:
    async def work() -> None:
        store = world.store()
        try:
            async with store.write() as tx:
                await act(tx)
            done.append(world.clock.now())
        except Invalid:
            pass  # too late: there is nothing to stop any more
        await store.aclose()

    world.loop.create_task(work())


async def watch(world: World, address: str) -> None:
    """Watch another feed, in which nothing is new yet."""
    now = world.clock.now()
    world.press.documents.setdefault(address, [])
    store = world.store()
    async with store.write() as tx:
        feed = Feed(newsroom_id=NEWSROOM, address=address, lane=of_feed(address), next_look_at=now, baseline_at=now)
        tx.add(feed)
    await store.aclose()


async def audit(world: World) -> list[str]:
    """What ``piquet audit`` finds wrong."""
    store = world.store()
    report = await audits.of_strike(store, NEWSROOM, STRIKE, world.clock.now())
    await store.aclose()
    return [f"the audit finds {gap.wrong}: {gap.kind} {gap.title} {gap.account}" for gap in report.gaps]


async def mark_restored(world: World) -> None:
    """What ``piquet restore`` writes into the ledger it has brought back."""
    store = world.store()
    async with store.write() as tx:
        await restore.mark(tx, world.clock.now(), SETTLE)
    await store.aclose()
