# SPDX-License-Identifier: AGPL-3.0-or-later
"""The demo of a whole country: the real relay watches a farm of feeds on strike, one in ten of which misbehaves."""

import asyncio
import json
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console

from relay import log
from relay.clock import FastClock, RealClock, stopwatch
from relay.demo.harvest import Harvest, View, summary
from relay.demo.stage import on_interrupt, pause, settings, working
from relay.house import House, open_house
from relay.notices.defaults import DEFAULTS
from relay.square.farm.farm import Farm
from relay.square.farm.faults import FAULTS
from relay.square.mastodon import LookalikeMastodon
from relay.store.columns import saved
from relay.store.feed import Feed
from relay.store.lanes import host, of_feed
from relay.strikes import newsrooms
from relay.strikes.plan import Draft, arm, plan
from relay.terms import NoticeKind, Window

LOOKS = 500.0  # a second, by all feeds together: what this machine surely has time for
PACE = 45.0  # s of the square's clock between two looks at a feed
ARTICLES = 2.0  # a second
FRAME = 0.5  # s between two looks at the farm
TOKEN = "token-of-the-demo"  # noqa: S105  # opens nothing but a play
SICK = 10  # one feed in so many misbehaves
MENDABLE = frozenset({"untrusted"})  # needs a certificate that the demo has not


async def tend(console: Console, feeds: int, *, seconds: float, as_json: bool) -> int:
    """Watch ``feeds`` feeds for ``seconds``; returns the exit code, 0 if every article of the healthy ones was answered
    once. as_json: the last line of stdout is the harvest.
    """
    log.configure("error", "text")
    stop = asyncio.Event()
    with TemporaryDirectory(prefix="piquet-demo-") as folder:
        async with on_interrupt(stop), _country(Path(folder), feeds) as country:
            with View(console) as view:
                harvest = await _watch(country, view, stop, seconds)
            console.print(summary(harvest))
    if as_json:
        sys.stdout.write(json.dumps(harvest.as_json()) + "\n")
        sys.stdout.flush()
    return 0 if harvest.flawless else 1


@dataclass(frozen=True)
class Country:
    """The farm, the one network where notices appear, and the house that watches."""

    clock: FastClock
    farm: Farm
    mastodon: LookalikeMastodon
    house: House
    sick: frozenset[int]

    def harvest(self) -> Harvest:
        """What has been sown and reaped so far, counted on the square."""
        links = Counter(link for post in self.mastodon.public() for link in post.links)
        served = {self.farm.link(each): each for each in self.farm.published() if each.feed not in self.sick}
        waits = [each.served - each.appeared for each in served.values() if each.served is not None]
        return Harvest(
            feeds=len(self.farm.addresses),
            sick=len(self.sick),
            factor=self.clock.factor,
            looks=self.farm.told.answers,
            unchanged=self.farm.told.unchanged,
            published=len(served),
            answered=sum(link in links for link in served),
            duplicates=sum(links[link] > 1 for link in served),
            waits=tuple(sorted(wait * self.clock.factor for wait in waits)),
            points=self.farm.score().points,
            sins=tuple(self.farm.score().sins),
        )


@asynccontextmanager
async def _country(folder: Path, feeds: int) -> AsyncIterator[Country]:
    factor = max(1.0, min(20.0, LOOKS * PACE / feeds))
    clock = FastClock(RealClock().now(), factor)
    farm = Farm(clock, feeds=feeds, per_host=10, spacing=0.0)
    mastodon = LookalikeMastodon(clock, metered=False)
    async with AsyncExitStack() as stack:
        for stall in (farm, mastodon):
            await stall.start()
            stack.push_async_callback(stall.stop)
        house = await stack.enter_async_context(open_house(settings(folder), clock=clock, sweep=30.0))
        country = Country(clock, farm, mastodon, house, _sicken(farm, feeds))
        await _settle_in(country)
        yield country


def _sicken(farm: Farm, feeds: int) -> frozenset[int]:
    """Every fault of the catalogue in turn, one feed in ten."""
    names = sorted(FAULTS.keys() - MENDABLE)
    sick = range(SICK - 1, feeds, SICK)
    for at, feed in enumerate(sick):
        farm.fault(names[at % len(names)], feed)
    return frozenset(sick)


async def _settle_in(country: Country) -> None:
    """A newsroom with all feeds and one account, on strike from now on."""
    house, now = country.house, country.clock.now()
    async with house.store.write() as tx:
        room = saved((await newsrooms.add(tx, "La Campagne", "Europe/Paris", "fr", now)).id)
        addresses = country.farm.addresses
        step = timedelta(seconds=PACE) / len(addresses)
        tx.add_all(
            Feed(newsroom_id=room, address=each, host=host(each), lane=of_feed(each), next_look_at=now + at * step)
            for at, each in enumerate(addresses)
        )
    country.mastodon.create_account("campagne", token=TOKEN, bot=True)
    who, renewed = await house.seats.verify("mastodon", {"server": country.mastodon.address, "token": TOKEN})
    async with house.store.write() as tx:
        account = saved((await house.seats.save(room, tx, "mastodon", renewed, who, entitled_at=now)).id)
    window = Window(now - timedelta(minutes=1), now + timedelta(hours=12))
    wordings = {kind: [("fr", text) for text in DEFAULTS["fr", kind]] for kind in NoticeKind}
    draft = Draft("Pas de réseaux sans nous", (window,), (account,), wordings, picture="none")
    async with house.store.write() as tx:
        row = await plan(room, tx, draft, now)
        await arm(room, tx, saved(row.id), now)


async def _watch(country: Country, view: View, stop: asyncio.Event, seconds: float) -> Harvest:
    """Let every feed be read once, then publish; stop that a while before the end, and count."""
    rng, breath = country.house.outside.rng, 3 * PACE / country.clock.factor
    began, end = stopwatch(), stopwatch() + max(seconds, 3 * breath)
    healthy = sorted(set(range(len(country.farm.addresses))) - country.sick)
    async with working(country.house.run()) as relay:
        while not stop.is_set() and stopwatch() < end:
            if relay.done():
                relay.result()
            if began + breath < stopwatch() < end - breath:
                country.farm.publish(*rng.sample(healthy, round(ARTICLES * FRAME)))
            view.show(country.harvest())
            await pause(stop, FRAME)
        return country.harvest()
