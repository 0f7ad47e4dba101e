# SPDX-License-Identifier: AGPL-3.0-or-later
"""A ledger to begin with, made once and copied for each run: a newsroom, its feed, an account a network, a strike."""

import asyncio
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from desk import WORDINGS
from simulation.hosts import CLASSES
from simulation.press import FEED
from simulation.world import FILE, ZERO, World, copied

from relay.networks.port import Identity
from relay.store.columns import saved
from relay.store.feed import Feed
from relay.store.lanes import of_feed
from relay.store.newsroom import Newsroom
from relay.store.opening import open_store
from relay.strikes.plan import Draft, arm, plan
from relay.terms import Window

OPENS, CLOSES = ZERO + timedelta(hours=1), ZERO + timedelta(hours=11)
BEGIN = OPENS + timedelta(minutes=1)  # when most runs do
DAY = (Window(OPENS, CLOSES),)
HALF_HOUR = (Window(OPENS, OPENS + timedelta(minutes=30)),)
NEWSROOM = STRIKE = 1


@dataclass(frozen=True)
class Scene:
    """What a ledger holds before the run: ``settled``: the window is open and its start notices are out."""

    kinds: str = CLASSES
    windows: tuple[Window, ...] = DAY
    zone: str = "Europe/Paris"
    accounts: int = 1  # on each network


def build(scene: Scene, folder: Path) -> Path:
    """The scene's ledger in a new folder."""
    folder.mkdir(parents=True)
    asyncio.run(_migrate(folder / FILE))
    with World(0, folder, scene.kinds) as world:
        world.do(_furnish(world, scene))
    return folder


def opened(ground: Path, folder: Path, kinds: str) -> Path:
    """The ledger of ``ground`` a minute after the opening, its relay shut down in good order; a look is due."""
    copied(ground, folder)
    with World(0, folder, kinds) as world:
        relay = world.start()
        world.run(BEGIN)
        relay.task.cancel()
        world.loop.run_until(world.loop.time() + 60, relay.task.done)
        assert [] == world.ear.heard
    with closing(sqlite3.connect(folder / FILE)) as ledger, ledger:
        ledger.execute("UPDATE feed SET next_look_at = ?", [str(OPENS.replace(tzinfo=None))])
    return folder


async def _migrate(file: Path) -> None:
    await (await open_store(f"sqlite:///{file}")).aclose()


async def _furnish(world: World, scene: Scene) -> None:
    house, now = world.house("setup"), world.clock.now()
    numbers = []
    async with house.store.write() as tx:
        tx.add(Newsroom(slug="quotidien", name="Le Quotidien", zone=scene.zone, language="fr", made_at=now))
        await tx.flush()
        tx.add(Feed(newsroom_id=NEWSROOM, address=FEED, lane=of_feed(FEED), next_look_at=now))
        for kind in scene.kinds.lower():
            for number in range(scene.accounts):
                handle = f"desk{number}"
                who = Identity(f"{handle}@{kind}", f"@{handle}", f"https://{kind}.example/@{handle}")
                given = {"handle": handle, "token": "s3cret"}
                row = await house.seats.save(NEWSROOM, tx, kind, given, who, now)
                numbers.append(saved(row.id))
        draft = Draft("Grève des retraites", tuple(scene.windows), tuple(numbers), WORDINGS, picture="none")
        await plan(NEWSROOM, tx, draft, now)
        await arm(NEWSROOM, tx, STRIKE, now)
    await house.aclose()
