# SPDX-License-Identifier: AGPL-3.0-or-later
"""A farm of feeds on loopback, for one reader at a time: it publishes, misbehaves on demand, measures and judges.

farm = Farm(clock, feeds=1000)
await farm.start()
farm.publish(7)  # an article, now
farm.fault("slow-loris", 8, seconds=60)
print(farm.score().points)
"""

import asyncio
import math
import random
import socket
import ssl
from collections.abc import Iterator

from relay.clock import Clock, RealClock, stopwatch
from relay.square.farm.books import Books, Published
from relay.square.farm.faults import FAULTS
from relay.square.farm.hosts import EVERYWHERE, Hosts
from relay.square.farm.hub import Hub
from relay.square.farm.land import Land
from relay.square.farm.manners import Manners
from relay.square.farm.planting import Planting
from relay.square.farm.prose import Prose
from relay.square.farm.score import Record, Score
from relay.square.farm.serving import Serving, Told
from relay.square.farm.timetable import Timetable
from relay.square.farm.visits import Visits
from relay.square.farm.wire import Wire

LOOK = 0.02  # s of real time between two looks at the timetable
_BACKLOG = 4096


class Farm:
    """Feeds 0 … ``feeds`` - 1, ``per_host`` of them on each host, each listing its newest ``size`` articles.

    ``tls``: serve them over https with this certificate; ``untrusted``: one that no reader should trust, for the fault
    of that name. ``hub_every``: each how manieth feed has a WebSub hub. ``max_age``: what answers say of their
    freshness, s, 0 for nothing. ``gzip``: pack documents for those who accept it. ``spacing``: what the score holds to
    be polite between two requests to a host, s of ``clock``; 0 to leave that out, for a clock in fast motion.
    ``pace``: s of real time between the bytes of a drip.
    """

    def __init__(
        self,
        clock: Clock,
        feeds: int = 1000,
        *,
        per_host: int = 50,
        size: int = 20,
        seed: int = 17,
        tls: ssl.SSLContext | None = None,
        untrusted: ssl.SSLContext | None = None,
        hub_every: int = 0,
        max_age: int = 0,
        gzip: bool = False,
        spacing: float = 1.0,
        pace: float = 1.0,
    ) -> None:
        self._clock, self._tls, self._untrusted = clock, tls, untrusted
        self._rng = random.Random(seed)
        self._books = Books(feeds, size, clock.now().timestamp())
        self._record = Record()
        self._manners = Manners(self._record, spacing)
        self._visits = Visits(feeds, self._record, self._manners)
        self._planting = Planting()
        scheme = "https" if tls else "http"
        self.land = Land(self._books, Hosts(per_host), Prose(seed), scheme, hub_every=hub_every, max_age=max_age)
        self.hub = Hub(clock, self.land, self._rng, pace)
        self._serving = Serving(
            clock, self.land, self._visits, self._record, self._planting, self._rng, self._catch_up, gzip, pace
        )
        self._timetable: Timetable | None = None
        self._ticking: asyncio.Task[None] | None = None
        self._servers: list[asyncio.Server] = []
        self._closed: socket.socket | None = None
        self._wires: set[Wire] = set()

    async def start(self) -> None:
        """Open; raises OSError if there are too few ports or files."""
        if self.land.hub_every:
            await self.hub.start()
            self.land.hub = self.hub.url
        self.land.port = await self._open(self._tls)
        plain = self.land.port if self._tls is None else await self._open(None)
        untrusted = await self._open(self._untrusted) if self._untrusted else 0
        self._closed = socket.socket()
        self._closed.bind(("127.0.0.1", 0))  # taken, and nobody listens
        closed = self._closed.getsockname()[1]
        self._serving.elsewhere = {
            "plain": f"http://127.0.0.1:{plain}",
            "untrusted": f"https://127.0.0.1:{untrusted}" if untrusted else "",
            "closed": f"http://127.0.0.1:{closed}",
        }

    async def stop(self) -> None:
        """Close every door and cut every connection; safe to call twice."""
        if self._ticking is not None:
            self._ticking.cancel()
            await asyncio.gather(self._ticking, return_exceptions=True)
        for server in self._servers:
            server.close()
        playing = [wire.playing for wire in self._wires if wire.playing is not None]
        for wire in tuple(self._wires):
            wire.cut()
        await asyncio.gather(*playing, return_exceptions=True)
        if self._closed is not None:
            self._closed.close()
        await self.hub.stop()

    async def _open(self, tls: ssl.SSLContext | None) -> int:
        scheme = "https" if tls else "http"
        server = await asyncio.get_running_loop().create_server(
            lambda: Wire(self._serving, self._manners, scheme, self._wires), EVERYWHERE, 0, ssl=tls, backlog=_BACKLOG
        )
        self._servers.append(server)
        return int(server.sockets[0].getsockname()[1])

    @property
    def addresses(self) -> list[str]:
        """Every feed's, in order; known once the farm was started."""
        return [self.land.address(feed) for feed in range(self._books.feeds)]

    def publish(self, *feeds: int) -> None:
        """Put a new article into each of the feeds, now, and push it to those who have subscribed to it."""
        for feed in feeds:
            self._publish(feed, self._clock.now().timestamp())

    def touch(self, *feeds: int) -> None:
        """Build the documents anew, with nothing new in them."""
        for feed in feeds:
            self._books.touch(feed, self._clock.now().timestamp())

    def schedule(self, rate: float, seed: int = 17) -> None:
        """From now on publish ``rate`` articles an hour of the farm's clock in each feed, at random moments."""
        start = self._clock.now().timestamp()
        self._timetable = Timetable(random.Random(seed), self._books.feeds, rate, start)
        if self._ticking is None:
            self._ticking = asyncio.create_task(self._tick())

    def fault(self, name: str, *feeds: int, times: float = math.inf, seconds: float = math.inf) -> None:
        """Plant a fault of the catalogue, for so many answers or seconds of the farm's clock, whichever ends first.

        Raises KeyError for one that is not in it, ValueError for ``untrusted`` in a farm that was given no such
        certificate. A fault of the document comes with a touch, else nobody would see it.
        """
        if name == "untrusted" and self._untrusted is None:
            raise ValueError("give the farm an untrusted certificate first")
        now = self._clock.now().timestamp()
        for feed in feeds:
            self._planting.plant(feed, name, times, now + seconds)
            if FAULTS[name].honest:
                self._books.touch(feed, now)

    def heal(self, *feeds: int) -> None:
        """End the faults on these feeds."""
        for feed in feeds:
            self._planting.heal(feed)

    def restarted(self) -> None:
        """Say that the reader was restarted just now: whatever it asks too early is a sin from here on."""
        self._visits.restarted(self._clock.now().timestamp())

    def published(self) -> Iterator[Published]:
        """Every article published while the farm stood, with when it was first served and pushed."""
        self._catch_up(self._clock.now().timestamp())
        return iter(self._books)

    def link(self, article: Published) -> str:
        """The address of an article, which is also its guid unless a fault has changed that."""
        return self.land.link(article.feed, article.article)

    @property
    def told(self) -> Told:
        """How many answers of which kind were given."""
        return self._serving.told

    def score(self) -> Score:
        """How the reader has behaved so far."""
        return self._record.score(self.told.answers)

    def _publish(self, feed: int, now: float) -> None:
        self._books.publish(feed, now, stopwatch())
        if self.land.has_hub(feed):
            self._visits.changed(feed)
            self.hub.published(feed)

    def _catch_up(self, now: float) -> None:
        if self._timetable is not None and self._timetable.next_at <= now:
            for moment, feed in self._timetable.until(now):
                self._publish(feed, moment)

    async def _tick(self) -> None:
        """Pushes wait for no reader: see what is due whatever is asked. Real time, since sleeping may move a clock."""
        while True:
            self._catch_up(self._clock.now().timestamp())
            await RealClock().sleep(LOOK)
