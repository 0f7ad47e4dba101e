# SPDX-License-Identifier: AGPL-3.0-or-later
"""The composition root: the only file that knows every room."""

import asyncio
import gc
from collections.abc import AsyncIterator, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from relay import __version__
from relay.alerts.channels import Channels
from relay.alerts.dispatch import Dispatcher
from relay.alerts.lookout import Lookout, room
from relay.clock import Clock, RealClock
from relay.deliveries.attempt import Patience
from relay.deliveries.courier import Courier
from relay.deliveries.edges import Edges
from relay.deliveries.seats import Seats
from relay.deliveries.timekeeping import PAUSE, Timekeeper
from relay.engine.local import Local
from relay.engine.port import Engine, Sweep
from relay.engine.rounds import Rounds
from relay.faults import Unusable
from relay.feeds.parse.parser import Parser
from relay.feeds.watch import Watch
from relay.feeds.websub.callback import Callback
from relay.feeds.websub.subscriber import Subscriber
from relay.networks.found import networks as installed
from relay.outside import Outside
from relay.outside.guard import Guard
from relay.outside.http import Door
from relay.settings import Settings
from relay.store import due
from relay.store.database import Store
from relay.store.keyring import Keyring
from relay.store.lanes import ALERTS, FEED, HUBS, STRIKES
from relay.store.opening import only_one, open_store
from relay.web.health import Health

THREADS = 64


class House:
    """All rooms of one instance, joined. Made by ``open_house``."""

    def __init__(
        self,
        settings: Settings,
        store: Store,
        outside: Outside,
        networks: Mapping[str, type],
        sweep: float,
    ) -> None:
        self.settings, self.store, self.outside = settings, store, outside
        self.keyring = Keyring(settings.key, Path(settings.key_file))
        self._keyed = False
        self.rounds = Rounds(sweep)
        work = self.rounds.sweeps(self._work)
        self.engine = _engine(settings.database, outside.clock, work, sweep, shared=store.shared)
        self.parser = Parser()
        self.seats = Seats(store, outside, networks, self.keyring)
        lead = timedelta(seconds=settings.end_notice_lead)
        self.edges = Edges(store, outside.clock, lead, self.ring)
        self.timekeeper = Timekeeper(store, outside.clock)
        answer = self.timekeeper.vouched(self.edges.answer)
        self.watch = Watch(store, outside, self.parser, answer, self.ring, settings)
        self.subscriber = Subscriber(store, outside, self.keyring, settings.public_address)
        self.callback = Callback(store, outside, self.keyring, self.ring)
        patience = Patience(settings.send_timeout, settings.settle)
        self.courier = Courier(store, outside, self.seats.cards, self.seats.connect, patience, self.timekeeper.held)
        dispatch = Dispatcher(outside.user_agent, settings.allow_networks).send
        self.channels = Channels(store, outside.clock, self.keyring, dispatch)
        disk = partial(room, store.path.parent if store.path else settings.home)
        silence = timedelta(hours=settings.silence_alert)
        self.lookout = Lookout(store, outside.clock, self.channels, disk, silence)

        self.health = Health(
            store, outside.clock, self.timekeeper, self.rounds, self.seats.cards, self.keyring.fits, settings.look_floor
        )

    async def drain(self, lane: str) -> datetime | None:
        """Do what is due in a lane; while the clock is held only alerts are. Returns when it next has work.

        Raises Unusable, and leaves the lane to other machines, if the key is not here that they seal with.
        """
        await self.unlock()
        if lane == ALERTS:
            return await self.lookout.drain()
        if await self.timekeeper.keep():
            return self.outside.clock.now() + PAUSE
        if lane == STRIKES:
            return await self.edges.turn()
        if lane == HUBS:
            return await self.subscriber.drain()
        if lane.startswith(FEED):
            return await self.watch.drain(lane)
        return await self.courier.drain(lane)

    async def run(self) -> None:
        """Work until cancelled.

        Raises Unusable if another relay works on the same database, or if the key is missing or another.
        """
        with only_one(self.store):
            await self.unlock()  # said now rather than when the first notice is due
            await self.engine.run(self.rounds.drains(self.drain))

    async def unlock(self) -> None:
        """Make sure of the key: without it a machine would pause every account, for those that have it too.

        Raises Unusable if it is missing or another.
        """
        if not self._keyed:
            async with self.store.read() as tx:
                self._keyed = await self.keyring.fits(tx)

    def ring(self, lanes: Iterable[str]) -> None:
        """Have these lanes drained, and drains that are under way there look again."""
        lanes = list(lanes)
        self.courier.stir(lanes)
        self.watch.stir(lanes)
        self.engine.ring_all(lanes)

    async def rouse(self) -> None:
        """Have whoever works here look at once, after a change made by a process that does not work itself."""
        now = self.outside.clock.now()
        with suppress(Unusable):  # the change is made; the sweep finds it as well
            self.ring(lane for lane, due in (await self._work()).items() if due <= now)

    async def run_due(self) -> None:
        """Do all that is due by the clock as it stands, then return: how tests move the world."""
        done: dict[str, datetime] = {}
        while due := await self._due(done):
            for lane in due:
                await self.drain(lane)
            done |= due

    async def _due(self, done: Mapping[str, datetime]) -> dict[str, datetime]:
        """The lanes that have work now, but for what waited already when they were last drained."""
        now = self.outside.clock.now()
        return {lane: at for lane, at in (await self._work()).items() if at <= now and done.get(lane) != at}

    async def _work(self) -> dict[str, datetime]:
        """Every lane that has work, with its moment; strikes (others may have planned one) and alerts always."""
        hubs = {} if self.subscriber.due is None else {HUBS: self.subscriber.due}
        async with self.store.read() as tx:
            return {**await due.lanes(tx), STRIKES: self.outside.clock.now(), ALERTS: self.lookout.due, **hubs}

    async def aclose(self) -> None:
        """Give back every connection and child process."""
        await self.engine.aclose()
        await self.seats.aclose()
        await self.parser.aclose()
        await self.outside.http.aclose()
        await self.store.aclose()


def spare_the_collector() -> None:
    """Many looks at once have the cycle collector go through everything again and again: a third of their cost.

    What is there by now stays for good; what comes is looked through less often. For a process that works until it
    ends: what was forgotten in a circle before stays too.
    """
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


def _engine(address: str, clock: Clock, sweep: Sweep, every: float, *, shared: bool) -> Engine:
    """Whoever drains lanes: this process alone, or with others the machines on one PostgreSQL."""
    if not shared:
        return Local(clock, sweep, every)
    from relay.engine.procrastinate import Procrastinate  # noqa: PLC0415 - costs 0.2 s, and only many machines need it

    return Procrastinate(address, clock, sweep, every)


@asynccontextmanager
async def open_house(
    settings: Settings,
    *,
    clock: Clock | None = None,
    networks: Mapping[str, type] | None = None,
    sweep: float = 5.0,
) -> AsyncIterator[House]:
    """A house ready to work, closed when the block ends. ``sweep``: seconds between two searches for forgotten work."""
    # Mastodon.py works in threads: the default pool has six on two cores, too few for many slow servers at once.
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(THREADS, thread_name_prefix="piquet"))
    guard = Guard(settings.allow_networks)
    agent = f"Piquet/{__version__}" + (f" (+{settings.contact})" if settings.contact else "")
    outside = Outside(clock=clock or RealClock(), http=Door(guard, agent), guard=guard, user_agent=agent)
    store = await open_store(settings.database)
    known = networks if networks is not None else installed()
    house = House(settings, store, outside, known, sweep)
    try:
        yield house
    finally:
        await house.aclose()
