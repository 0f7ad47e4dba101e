# SPDX-License-Identifier: AGPL-3.0-or-later
"""A WebSub hub (https://www.w3.org/TR/websub/) for the farm's feeds: verifies, pushes whole documents, signs them."""

import asyncio
from collections.abc import Coroutine
from random import Random
from urllib.parse import urlsplit

import aiohttp
from aiohttp import web

from relay.clock import Clock, RealClock, stopwatch
from relay.outside.guard import Guard
from relay.outside.http import Door
from relay.square.farm.answer import Answer
from relay.square.farm.hub_faults import HUB_FAULTS
from relay.square.farm.land import Land
from relay.square.farm.subscriptions import SHORTEST, Algorithm, Subscription, Wish, signature, wish
from relay.square.stall import Stall

LOOPBACK = ("127.0.0.0/8", "::1/128")  # a farm speaks to subscribers on this machine only
SLOW = 5  # times the farm's pace
_GARBAGE = Answer(200, {"Content-Type": "text/html"}, b"<html><body>no feed</body></html>")


class Hub(Stall):
    """``algorithm``: how it signs; ``delivered`` and ``refused`` count pushes by what the subscriber answered."""

    def __init__(self, clock: Clock, land: Land, rng: Random, pace: float) -> None:
        self.algorithm: Algorithm = "sha256"
        self.delivered = self.refused = 0
        self._clock, self._land, self._rng, self._pace = clock, land, rng, pace
        self._held: dict[tuple[int, str], Subscription] = {}
        self._ended: dict[tuple[int, str], Subscription] = {}
        self._faults: dict[int, str] = {}
        self._door = Door(Guard(LOOPBACK), "Piquet farm hub")
        self._tasks: set[asyncio.Task[None]] = set()
        app = web.Application()
        app.router.add_post("/hub", self._take)
        super().__init__(app)

    @property
    def url(self) -> str:
        """Where subscriptions are sent."""
        return f"{self.address}/hub"

    async def stop(self) -> None:
        """Close, and drop what is under way."""
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._door.aclose()
        await super().stop()

    def fault(self, name: str, *feeds: int) -> None:
        """From now on treat these feeds as the catalogue says; "" to be good again. Raises KeyError."""
        if name and name not in HUB_FAULTS:
            raise KeyError(name)
        self._faults |= dict.fromkeys(feeds, name)

    def subscriptions(self, feed: int) -> list[Subscription]:
        """Those that are verified and not over."""
        now = self._clock.now().timestamp()
        return [each for each in self._held.values() if each.feed == feed and each.until > now]

    def published(self, feed: int) -> None:
        """The feed has something new: push it."""
        name = self._faults.get(feed, "")
        held = self.subscriptions(feed)
        if name == "pushes-after-end":
            held += [each for each in self._ended.values() if each.feed == feed]
        if name == "never-pushes":
            return
        for each in held * (2 if name == "duplicates" else 1):
            self._start(self._push(each, name))

    async def settled(self) -> None:
        """Return once nothing is under way."""
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _take(self, request: web.Request) -> web.Response:
        try:
            wished = wish(await request.post())
            feed = self._feed(wished.topic)
        except ValueError as no:
            return web.Response(status=400, text=str(no))
        name = self._faults.get(feed, "")
        if name.startswith("subscribe-"):
            return web.Response(status=int(name[-3:]))
        if name != "never-verifies":
            self._start(self._verify(wished, feed, name))
        return web.Response(status=202)

    def _feed(self, topic: str) -> int:
        """Raises ValueError for a topic that is no feed of ours with a hub."""
        number = urlsplit(topic).path.removeprefix("/f/")
        feed = int(number) if number.isdecimal() else -1
        if not 0 <= feed < self._land.books.feeds or topic != self._land.address(feed) or not self._land.has_hub(feed):
            raise ValueError("hub.topic is no feed of this hub")
        return feed

    async def _verify(self, wished: Wish, feed: int, name: str) -> None:
        await self._dawdle(name)
        topic = self._other(feed) if name == "verifies-wrong-topic" else wished.topic
        if name == "lease-refused":
            told = {"hub.mode": "denied", "hub.topic": topic, "hub.reason": "not today"}
            await self._ask_back(wished.callback, told)
            return
        lease = SHORTEST if name == "lease-shortened" else wished.lease
        challenge = f"{self._rng.getrandbits(128):032x}"
        told = {"hub.mode": wished.mode, "hub.topic": topic, "hub.challenge": challenge}
        if wished.mode == "subscribe":
            told["hub.lease_seconds"] = str(lease)
        if await self._ask_back(wished.callback, told) != challenge:
            return
        key = feed, wished.callback
        if wished.mode == "subscribe":
            until = self._clock.now().timestamp() + lease
            self._held[key] = Subscription(feed, wished.callback, wished.secret, until)
        elif key in self._held:
            self._ended[key] = self._held.pop(key)

    async def _ask_back(self, callback: str, told: dict[str, str]) -> str:
        """The answer's text, "" if it was not a success."""
        try:
            async with self._door.session.get(callback, params=told, allow_redirects=False) as answer:
                return (await answer.content.read(1000)).decode(errors="replace") if answer.ok else ""
        except (aiohttp.ClientError, OSError):
            return ""

    async def _push(self, to: Subscription, name: str) -> None:
        await self._dawdle(name)
        shown = (to.feed + self._land.hub_every) % self._land.books.feeds if name == "wrong-topic" else to.feed
        articles = self._land.books.articles(to.feed)
        whole = _GARBAGE if name == "garbage" else self._land.whole(shown)
        body = b"" if name == "thin" else whole.body
        link = f'<{self.url}>; rel="hub", <{self._land.address(shown)}>; rel="self"'
        headers = {"Content-Type": whole.headers["Content-Type"], "Link": link}
        if to.secret and name != "unsigned":
            secret = to.secret[::-1] + "?" if name == "wrong-signature" else to.secret
            headers["X-Hub-Signature"] = signature(secret, body, self.algorithm)
        try:
            async with self._door.session.post(
                to.callback, data=body, headers=headers, allow_redirects=False
            ) as answer:
                self._answered(to, answer.status, articles)
        except (aiohttp.ClientError, OSError):
            self.refused += 1

    def _answered(self, to: Subscription, status: int, articles: int) -> None:
        if status // 100 == 2:
            self.delivered += 1
            self._land.books.push(to.feed, articles, stopwatch())
            return
        self.refused += 1
        if status == 410:
            self._held.pop((to.feed, to.callback), None)

    def _other(self, feed: int) -> str:
        return self._land.address((feed + self._land.hub_every) % self._land.books.feeds)

    async def _dawdle(self, name: str) -> None:
        if name == "slow":
            await RealClock().sleep(SLOW * self._pace)

    def _start(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
