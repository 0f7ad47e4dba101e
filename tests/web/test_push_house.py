# SPDX-License-Identifier: AGPL-3.0-or-later
"""The relay and its hubs: subscriptions in a lane of their own, pushes on a port of their own."""

import asyncio
import socket
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import aiohttp
import pytest
from desk import EIGHT, LOOPBACK, NINE, NINETEEN, WORDINGS
from hub import Hub

from relay.cli.run import public_port, work
from relay.clock import ManualClock, RealClock
from relay.house import House, open_house
from relay.networks.port import Identity
from relay.settings import Settings
from relay.store import pushes, subscription
from relay.store.columns import saved
from relay.store.feed import Feed
from relay.store.lanes import HUBS, of_feed
from relay.store.newsroom import Newsroom
from relay.strikes.plan import Draft, arm, plan
from relay.terms import SubscriptionState, Window
from relay.testing.fake import FakePlatform
from relay.web.push import pushed_to

pytestmark = pytest.mark.parametrize("address", ["sqlite"], indirect=True)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        found: int = probe.getsockname()[1]
        return found


@pytest.fixture
async def hub() -> AsyncIterator[Hub]:
    made = Hub()
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
def settings(tmp_path: Path, address: str) -> Settings:
    """Of a house that hubs reach."""
    port = free_port()
    return Settings(
        tmp_path,
        database=address,
        key_file=str(tmp_path / "piquet.key"),
        allow_networks=LOOPBACK,
        public_address=f"http://127.0.0.1:{port}",
        public_port=port,
    )


@pytest.fixture
async def reached(settings: Settings, platform: FakePlatform) -> AsyncIterator[House]:
    async with open_house(settings, clock=ManualClock(EIGHT), networks={"fake": platform.network()}) as made:
        yield made


async def furnish(house: House, hub: Hub) -> Feed:
    """A newsroom whose feed names a hub, and which strikes from nine on."""
    async with house.store.write() as tx:
        room = Newsroom(slug="quotidien", name="Le Quotidien", zone="Europe/Paris", made_at=EIGHT)
        tx.add(room)
        await tx.flush()
        address = hub.address.replace("/hub", "/feed")
        lane = of_feed(address)
        feed = Feed(newsroom_id=saved(room.id), address=address, lane=lane, next_look_at=EIGHT, hub=hub.address)
        tx.add(feed)
        who = Identity("desk", "@desk", "https://fake.example/@desk")
        given = {"handle": "desk", "token": "t"}
        account = await house.seats.save(saved(room.id), tx, "fake", given, who, EIGHT)
        draft = Draft(
            name="Grève", windows=(Window(NINE, NINETEEN),), accounts=(saved(account.id),), wordings=WORDINGS,
            picture="none",
        )  # fmt: skip
        row = await plan(saved(room.id), tx, draft, EIGHT)
        await arm(saved(room.id), tx, saved(row.id), EIGHT)
    return feed


async def test_a_house_subscribes_by_itself_and_hears_what_is_pushed(reached: House, hub: Hub) -> None:
    """And has the feed's ward drained, also by a house that is opened after a crash."""
    feed = await furnish(reached, hub)
    clock = reached.outside.clock
    assert isinstance(clock, ManualClock)
    async with pushed_to(reached.callback, public_port(reached)):
        await reached.drain(HUBS)
        assert [] == hub.asked
        clock.move_to(NINE - timedelta(minutes=10))
        assert clock.now() + timedelta(seconds=15) == await reached.drain(HUBS)
        async with reached.store.read() as tx:
            row = await subscription.of_feed(1, tx, saved(feed.id))
        assert row is not None
        assert SubscriptionState.ACTIVE == row.state
        assert 202 == await hub.push(b"<rss/>")
    async with reached.store.read() as tx:
        assert {feed.lane: clock.now()} == await pushes.lanes(tx)
    assert clock.now() >= (await reached._work())[feed.lane]


def rss(*titles: str) -> str:
    items = "".join(f"<item><title>{t}</title><link>http://journal.example/{t}</link></item>" for t in titles)
    return f'<rss version="2.0"><channel><title>Le Quotidien</title>{items}</channel></rss>'


async def test_a_strike_with_a_hub(reached: House, hub: Hub, platform: FakePlatform) -> None:
    """What is pushed is answered at once; what is forged never; looking goes on, and nothing is said twice."""
    hub.feed = rss("Hier")
    feed = await furnish(reached, hub)
    clock = reached.outside.clock
    assert isinstance(clock, ManualClock)

    async def said(moment: datetime) -> list[str]:
        clock.move_to(moment)
        await reached.run_due()
        texts = [each.post.text for each in platform.posts("desk")]
        return [title for title in ("Hier", "Un", "Faux", "Deux") for each in texts if f"« {title} »" in each]

    async with pushed_to(reached.callback, public_port(reached)):
        assert [[]] * 3 == [await said(NINE + timedelta(minutes=each)) for each in (-60, -14, 1)]
        assert {feed.address} == {each["hub.topic"] for each in hub.asked}
        looks = hub.looks
        await hub.push(rss("Un", "Hier").encode())  # the feed's own cache is slower than its hub
        assert ["Un"] == await said(clock.now())
        assert looks == hub.looks
        await hub.push(rss("Faux").encode(), secret="guessed")
        hub.feed = rss("Deux", "Un", "Hier")
        assert ["Un", "Deux"] == await said(clock.now() + timedelta(seconds=10))
        assert ["Un", "Deux"] == await said(clock.now() + timedelta(minutes=6))
        assert looks + 2 == hub.looks
        await said(NINETEEN)
    assert ["subscribe", "unsubscribe"] == [each["hub.mode"] for each in hub.asked]
    async with reached.store.read() as tx:
        row = await subscription.of_feed(1, tx, saved(feed.id))
    assert row is not None
    assert (SubscriptionState.OVER, 1, 1, 1) == (row.state, row.pushes, row.strays, row.misses)


async def test_a_house_that_nobody_reaches_asks_nobody(house: House, hub: Hub, clock: ManualClock) -> None:
    await furnish(house, hub)
    clock.move_to(NINE)
    assert HUBS not in await house._work()
    assert (None, []) == (await house.drain(HUBS), hub.asked)
    assert 0 == public_port(house)


async def test_pushes_and_health_pages_are_served_apart(settings: Settings, port: int) -> None:
    """By “piquet run”; neither port shows what the other does."""
    unknown = f"/push/{'0' * 32}"
    async with open_house(settings, networks={}) as house, aiohttp.ClientSession() as session:

        async def status(door: int, page: str, method: str = "GET") -> int:
            async with session.request(method, f"http://127.0.0.1:{door}{page}") as answer:
                return answer.status

        public = public_port(house)
        relay = asyncio.create_task(work(house, port, public))
        try:
            await until_open(public)
            pages = ("/livez", "/readyz", "/metrics", "/", "/push", "/push/", unknown)
            assert {404} == {await status(public, page) for page in pages}
            assert [404, 405, 405] == [await status(public, unknown, each) for each in ("POST", "PUT", "HEAD")]
            assert [200, 404] == [await status(port, "/livez"), await status(port, unknown, "POST")]
        finally:
            relay.cancel()
            await asyncio.gather(relay, return_exceptions=True)


async def until_open(port: int) -> None:
    for _ in range(200):
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await RealClock().sleep(0.02)
        else:
            writer.close()
            return
    pytest.fail("the port was never opened")
