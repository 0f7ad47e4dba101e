# SPDX-License-Identifier: AGPL-3.0-or-later
"""Many accounts on many hosts of a network that takes 20 ms and does nothing: what is left is the ledger's and ours."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import town
from sqlmodel import col, func, select

from relay.clock import stopwatch
from relay.house import House, open_house
from relay.networks.port import Identity, Post, Receipt, Still
from relay.settings import Settings
from relay.store.account import Account
from relay.store.ledger import Delivery
from relay.terms import DeliveryState
from relay.testing.fake import FULL, FakePlatform

LANES = 50
IO = 0.02  # seconds
UNSAID = (DeliveryState.PENDING, DeliveryState.SENDING, DeliveryState.UNSURE)


@dataclass
class Hosts:
    """What the network hears: the words of each notice, with the moment on the stopwatch when its request began."""

    io: float = IO
    heard: list[tuple[str, float]] = field(default_factory=list)

    def network(self) -> type:
        """A network class that says nothing anywhere and takes its time over it."""
        hosts = self

        class Slow(FakePlatform().network(replace(FULL, pins=False))):  # type: ignore[misc]  # a class made for this platform
            async def publish(self, post: Post, key: str, still: Still) -> Receipt:
                await still()
                hosts.heard.append((post.text, stopwatch()))
                await asyncio.sleep(hosts.io)
                return Receipt(key, f"https://fake.example/{key}")

        return Slow


@dataclass(frozen=True)
class Crowd:
    """A strike that is on, with its accounts; ``database``: where it is kept."""

    house: House
    room: int
    accounts: list[Account]
    hosts: Hosts
    home: Path
    database: str

    @property
    def lanes(self) -> list[str]:
        """A lane a host."""
        return sorted({account.lane for account in self.accounts})

    async def waiting(self) -> int:
        """How many notices that are due the ledger does not know as settled."""
        now = self.house.outside.clock.now()
        query = (
            select(func.count()).select_from(Delivery).where(col(Delivery.state).in_(UNSAID), Delivery.due_at <= now)
        )
        async with self.house.store.read() as tx:
            return (await tx.exec(query)).one()

    async def settled(self) -> float:
        """Wait until the ledger knows all that is due as settled; returns that moment on the stopwatch."""
        async with asyncio.timeout(120):
            while await self.waiting():  # noqa: ASYNC110 - the ledger sets no event of ours
                await asyncio.sleep(0.02)
        return stopwatch()

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        """The engine runs in this process, and has said what was waiting."""
        work = asyncio.create_task(self.house.run())
        try:
            await self.settled()
            yield
        finally:
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)


@asynccontextmanager
async def opened(home: Path, database: str, hosts: Hosts) -> AsyncIterator[House]:
    """The real house, on a network that only hears."""
    settings = Settings(home=home, database=database, key=b"k" * 32)
    async with open_house(settings, networks={"fake": hosts.network()}) as made:
        yield made


@asynccontextmanager
async def crowd(home: Path, database: str, each: int, hosts: int = LANES) -> AsyncIterator[Crowd]:
    """A strike that is on, with ``each`` accounts on so many hosts, its start notices waiting to be said."""
    heard = Hosts()
    async with opened(home, database, heard) as house:
        room = await town.newsroom(house)
        accounts = await connected(house, room, hosts, each)
        await town.strike(house, room, accounts)
        yield Crowd(house, room, accounts, heard, home, database)


def file(home: Path) -> str:
    """The address of a SQLite database in a folder."""
    return f"sqlite:///{home / 'piquet.db'}"


async def connected(house: House, room: int, hosts: int, each: int) -> list[Account]:
    """Saved as if connected: nobody is asked."""
    now, made = house.outside.clock.now(), list[Account]()
    async with house.store.write() as tx:
        for number in range(hosts * each):
            handle, host = f"desk{number}", f"h{number % hosts}.example"
            who = Identity(f"{handle}@{host}", f"@{handle}", f"https://{host}/@{handle}")
            made.append(await house.seats.save(room, tx, "fake", {"handle": handle, "token": "t"}, who, now))
    return made
