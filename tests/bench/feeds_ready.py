# SPDX-License-Identifier: AGPL-3.0-or-later
"""Feeds of a farm in another process, in the ledger of a real house as if each had been looked at a moment ago."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import town
from crowd import Hosts
from farm_process import FarmProcess
from sqlmodel import col, delete, insert, select, update

from relay.house import House, open_house, spare_the_collector
from relay.networks.port import Identity
from relay.settings import Settings
from relay.square.farm.validators import Edition, http_date, posix, tag
from relay.store.feed import Feed
from relay.store.lanes import FEED, WARDS, host, of_feed

_DAY = 86_400
_LATER = 10.0  # seconds; no feed is due again so soon
_WARDS = [f"{FEED}{number:02d}" for number in range(WARDS)]


@dataclass(frozen=True)
class Watched:
    """The house, the farm, and how many of its feeds the house watches; ``heard``: what the accounts have said."""

    house: House
    farm: FarmProcess
    feeds: int
    heard: Hosts

    @property
    def wards(self) -> list[str]:
        """Every lane of feeds."""
        return _WARDS

    def addresses(self) -> list[str]:
        """Those of the feeds, in order."""
        return [self.farm.address(number) for number in range(self.feeds)]

    async def patrolled(self) -> None:
        """Drain the wards as the engine does, until every feed that is due has been looked at."""
        await asyncio.gather(*map(self._patrolled, self.wards))

    async def _patrolled(self, ward: str) -> None:
        clock = self.house.outside.clock
        while (due := await self.house.watch.drain(ward)) is not None:
            wait = (due - clock.now()).total_seconds()
            if wait > _LATER:
                return
            await clock.sleep(wait)

    async def hurry(self, over: float = 0.0) -> None:
        """Have every feed be due now, or one after the other within so many seconds, and from then on as often as a
        strike allows, whatever it has published.
        """
        async with self.house.store.write() as tx:
            now = self.house.outside.clock.now()
            await tx.exec(update(Feed).values(gap=None, next_look_at=now))
            if over:
                for turn, row in enumerate((await tx.exec(select(Feed).order_by(col(Feed.id)))).all()):
                    row.next_look_at = now + timedelta(seconds=over * turn / self.feeds)


@asynccontextmanager
async def watched(
    farm: FarmProcess, feeds: int, *, over: float = 0.0, newsrooms: int = 1, new: bool = False, **settings: Any
) -> AsyncIterator[Watched]:
    """A house on an empty disk which watches the first ``feeds`` of the farm, due evenly over so many seconds.

    They belong to so many newsrooms, each on strike and with an account. ``new``: nothing is known of them yet.
    """
    heard = Hosts(io=0.001)
    with TemporaryDirectory(prefix="piquet-bench-") as folder:
        home = Path(folder)
        given = Settings(
            home,
            key=b"k" * 32,
            database=f"sqlite:///{home / 'piquet.db'}",
            allow_networks=("127.0.0.0/8",),
            **settings,
        )
        async with open_house(given, networks={"fake": heard.network()}) as made:
            spare_the_collector()  # as a relay does that runs
            rooms = [await _newsroom(made, number) for number in range(newsrooms)]
            planted = None if new else await _planted(made, farm)
            now = made.outside.clock.now()
            async with made.store.write() as tx:
                await tx.exec(delete(Feed))  # without one nobody could strike
                rows = _rows(farm, feeds, rooms, planted, lambda turn: now + timedelta(seconds=over * turn / feeds))
                await (await tx.connection()).execute(insert(Feed), list(rows))
            yield Watched(made, farm, feeds, heard)


async def _newsroom(house: House, number: int) -> int:
    room, desk = await town.newsroom(house, f"desk{number}"), f"desk{number}"
    who = Identity(desk, f"@{desk}", f"https://fake.example/@{desk}")
    async with house.store.write() as tx:
        given = {"handle": desk, "token": "t"}
        account = await house.seats.save(room, tx, "fake", given, who, house.outside.clock.now())
    await town.strike(house, room, [account])
    return room


async def _planted(house: House, farm: FarmProcess) -> int:
    """When the first feed was last built, from which follows when every other was (``relay.square.farm.books``)."""
    async with house.outside.http.session.head(farm.address(0)) as answer:
        return int(posix(answer.headers["Last-Modified"]))


def _rows(
    farm: FarmProcess, feeds: int, rooms: list[int], planted: int | None, due: Callable[[int], datetime]
) -> Iterator[dict[str, Any]]:
    turns = (number for place in range(farm.per_host) for number in range(place, feeds, farm.per_host))
    for turn, number in enumerate(turns):  # host after host, so that each is asked evenly
        address = farm.address(number)
        row = {"newsroom_id": rooms[number * len(rooms) // feeds], "address": address, "host": host(address)}
        row |= {"lane": of_feed(address), "next_look_at": due(turn)}
        yield row if planted is None else row | _known(number, planted - number * 7919 % _DAY, due(0))


def _known(number: int, modified: int, now: datetime) -> dict[str, Any]:
    """What a look at a feed leaves behind which brought all of it."""
    validators = {"etag": tag(Edition(number, 0, modified)), "last_modified": http_date(modified)}
    return validators | {"baseline_at": now, "looked_at": now, "whole_at": now}
