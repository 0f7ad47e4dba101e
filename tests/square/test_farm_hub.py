# SPDX-License-Identifier: AGPL-3.0-or-later
"""The farm's hub speaks WebSub with a small subscriber, well and badly."""

import hmac
from collections.abc import AsyncIterator

import aiohttp
import feedparser
import pytest
from aiohttp import web
from rawhttp import ask

from relay.clock import ManualClock
from relay.square.farm.farm import Farm
from relay.square.farm.hub_faults import HUB_FAULTS
from relay.square.stall import Stall

SECRET = "so it is us"
GRANTS: dict[str, tuple[int, list[tuple[str, str | None]], int]] = {  # the answer, what is asked back, what holds then
    "subscribe-500": (500, [], 0),
    "subscribe-410": (410, [], 0),
    "never-verifies": (202, [], 0),
    "verifies-wrong-topic": (202, [("subscribe", "3600")], 0),
    "lease-refused": (202, [("denied", None)], 0),
    "lease-shortened": (202, [("subscribe", "60")], 1),
}
PUSHES = {  # how many are signed and hold the newest article, how many are not so
    "never-pushes": (0, 0),
    "unsigned": (0, 1),
    "wrong-signature": (0, 1),
    "wrong-topic": (0, 1),
    "garbage": (0, 1),
    "thin": (0, 1),
    "duplicates": (2, 0),
    "pushes-after-end": (1, 0),
    "slow": (1, 0),
}


class Subscriber(Stall):
    """Confirms what it is asked about ``topic``, and keeps all that comes."""

    def __init__(self) -> None:
        self.topic, self.status = "", 200
        self.asked: list[dict[str, str]] = []
        self.pushed: list[tuple[dict[str, str], bytes]] = []
        app = web.Application()
        app.router.add_get("/callback", self._confirm)
        app.router.add_post("/callback", self._take)
        super().__init__(app)

    async def _confirm(self, request: web.Request) -> web.Response:
        self.asked.append(dict(request.query))
        if request.query["hub.topic"] != self.topic or request.query["key"] != "7":
            raise web.HTTPNotFound
        return web.Response(text=request.query.get("hub.challenge", ""))

    async def _take(self, request: web.Request) -> web.Response:
        self.pushed.append((dict(request.headers), await request.read()))
        return web.Response(status=self.status)

    async def want(self, farm: Farm, feed: int = 0, mode: str = "subscribe", **changes: str) -> int:
        """Ask the hub, wait until all has been said; the status it answered."""
        self.topic = farm.addresses[feed]
        told = {"mode": mode, "topic": self.topic, "callback": f"{self.address}/callback?key=7"} | changes
        form = {f"hub.{name}": value for name, value in ({"lease_seconds": "3600", "secret": SECRET} | told).items()}
        async with aiohttp.ClientSession() as session, session.post(farm.hub.url, data=form) as answer:
            await farm.hub.settled()
            return answer.status


@pytest.fixture
async def farm(clock: ManualClock) -> AsyncIterator[Farm]:
    made = Farm(clock, feeds=8, hub_every=2, pace=0.001)
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
async def subscriber() -> AsyncIterator[Subscriber]:
    made = Subscriber()
    await made.start()
    yield made
    await made.stop()


def fits(headers: dict[str, str], body: bytes, algorithm: str = "sha256") -> bool:
    signed = f"{algorithm}={hmac.new(SECRET.encode(), body, algorithm).hexdigest()}"
    return hmac.compare_digest(signed, headers.get("X-Hub-Signature", ""))


async def test_a_feed_names_its_hub_in_headers_and_document(farm: Farm) -> None:
    with_hub, without = await ask(farm.addresses[0]), await ask(farm.addresses[1])
    assert f'<{farm.hub.url}>; rel="hub", <{farm.addresses[0]}>; rel="self"' == with_hub.headers["link"]
    named = {link.rel: link.href for link in feedparser.parse(with_hub.body).feed.links}
    assert (farm.hub.url, farm.addresses[0]) == (named["hub"], named["self"])
    assert "link" not in without.headers
    assert b"rel=" not in without.body


async def test_a_subscription_is_verified_and_every_article_pushed(farm: Farm, subscriber: Subscriber) -> None:
    assert 202 == await subscriber.want(farm)
    asked = subscriber.asked[0]
    assert ("subscribe", farm.addresses[0], "3600") == (
        asked["hub.mode"],
        asked["hub.topic"],
        asked["hub.lease_seconds"],
    )
    farm.publish(0, 1, 2)
    await farm.hub.settled()
    headers, body = subscriber.pushed[0]
    assert fits(headers, body)
    assert f'<{farm.hub.url}>; rel="hub", <{farm.addresses[0]}>; rel="self"' == headers["Link"]
    assert (await ask(farm.addresses[0])).body == body
    assert [True, False, False] == [each.pushed is not None for each in farm.published()]
    assert (1, 1, 0) == (len(subscriber.pushed), farm.hub.delivered, farm.hub.refused)


@pytest.mark.parametrize("algorithm", ["sha1", "sha384", "sha512"])
async def test_it_signs_as_told(farm: Farm, subscriber: Subscriber, algorithm: str) -> None:
    farm.hub.algorithm = algorithm  # type: ignore[assignment]
    await subscriber.want(farm)
    farm.publish(0)
    await farm.hub.settled()
    assert fits(*subscriber.pushed[0], algorithm)


async def test_nothing_is_pushed_after_the_end(farm: Farm, subscriber: Subscriber, clock: ManualClock) -> None:
    await subscriber.want(farm, 0)
    await subscriber.want(farm, 0, "unsubscribe")
    await subscriber.want(farm, 2, lease_seconds="600")
    clock.advance(seconds=601)
    farm.publish(0, 2)
    await farm.hub.settled()
    assert ["subscribe", "unsubscribe", "subscribe"] == [each["hub.mode"] for each in subscriber.asked]
    assert [] == subscriber.pushed


async def test_what_is_not_confirmed_is_not_subscribed(farm: Farm, subscriber: Subscriber) -> None:
    await subscriber.want(farm, callback=f"{subscriber.address}/callback?key=8")
    assert [] == farm.hub.subscriptions(0)


async def test_a_callback_that_is_gone_ends_the_subscription(farm: Farm, subscriber: Subscriber) -> None:
    await subscriber.want(farm)
    subscriber.status = 410
    farm.publish(0)
    await farm.hub.settled()
    assert (1, []) == (farm.hub.refused, farm.hub.subscriptions(0))


@pytest.mark.parametrize(
    "changes",
    [
        {"mode": "publish"},
        {"topic": "http://127.0.0.1/f/0"},
        {"callback": "mailto:a@b.example"},
        {"lease_seconds": "long"},
        {"secret": "x" * 200},
    ],
)
async def test_a_request_that_makes_no_sense_is_refused(
    farm: Farm, subscriber: Subscriber, changes: dict[str, str]
) -> None:
    assert (400, []) == (await subscriber.want(farm, **changes), subscriber.asked)


async def test_a_feed_without_a_hub_cannot_be_subscribed_to(farm: Farm, subscriber: Subscriber) -> None:
    assert 400 == await subscriber.want(farm, 1)


@pytest.mark.parametrize("name", GRANTS)
async def test_a_hub_that_does_not_grant_what_was_asked(farm: Farm, subscriber: Subscriber, name: str) -> None:
    farm.hub.fault(name, 0)
    status = await subscriber.want(farm)
    asked = [(each["hub.mode"], each.get("hub.lease_seconds")) for each in subscriber.asked]
    assert GRANTS[name] == (status, asked, len(farm.hub.subscriptions(0)))


@pytest.mark.parametrize("name", PUSHES)
async def test_a_hub_that_does_not_push_as_it_should(farm: Farm, subscriber: Subscriber, name: str) -> None:
    await subscriber.want(farm)
    if name == "pushes-after-end":
        await subscriber.want(farm, mode="unsubscribe")
    farm.hub.fault(name, 0)
    farm.publish(0)
    await farm.hub.settled()
    newest = farm.land.link(0, 20).encode()
    true = [fits(headers, body) and newest in body for headers, body in subscriber.pushed]
    assert PUSHES[name] == (true.count(True), true.count(False))
    if name in ("wrong-topic", "garbage", "thin"):
        assert fits(*subscriber.pushed[0])


def test_every_fault_of_a_hub_is_tried_and_told() -> None:
    assert sorted(HUB_FAULTS) == sorted([*GRANTS, *PUSHES])
    assert all(each.does.endswith(".") and each.subscriber.endswith(".") for each in HUB_FAULTS.values())


def test_a_fault_that_is_not_in_the_catalogue_is_refused(clock: ManualClock) -> None:
    with pytest.raises(KeyError):
        Farm(clock, feeds=1).hub.fault("tired", 0)
