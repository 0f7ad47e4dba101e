# SPDX-License-Identifier: AGPL-3.0-or-later
"""WebSub from end to end on loopback: asked for by the eve of a strike, verified, delivered, renewed, ended."""

import asyncio
import logging
import sqlite3
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta

import aiohttp
import pytest
from desk import EIGHT, KEYRING, NINETEEN, Desk
from hub import Hub

from relay.feeds.websub import subscriber as asking
from relay.feeds.websub.callback import MOST_WAITING, Callback
from relay.feeds.websub.subscriber import Subscriber
from relay.store import pushes, subscription
from relay.store.feed import Feed
from relay.store.subscription import Push, Subscription
from relay.terms import SubscriptionState as State
from relay.web import push as page
from relay.web.push import pushed_to

EVE = EIGHT + timedelta(minutes=45)
TOPIC = "http://journal.example/feed"
one_store = pytest.mark.parametrize("address", ["sqlite"], indirect=True)  # the store makes no difference there


@dataclass
class Scene:
    """A newsroom whose feed names a hub, and whose strike begins in a quarter of an hour."""

    desk: Desk
    hub: Hub
    subscriber: Subscriber
    rung: list[str]
    public: str

    async def turn(self, **later: float) -> Subscription | None:
        """Let time pass, and have done what is due; returns what is then known of the subscription."""
        self.desk.clock.advance(**later)
        await self.subscriber.drain()
        return await self.row()

    async def row(self) -> Subscription | None:
        async with self.desk.store.read() as tx:
            return await subscription.of_feed(self.desk.newsroom, tx, self.desk.feed)

    async def state(self) -> State | None:
        row = await self.row()
        return row and row.state

    async def feed(self, **changes: object) -> Feed:
        async with self.desk.store.write() as tx:
            feed = await tx.get_one(Feed, self.desk.feed)
            for name, value in changes.items():
                setattr(feed, name, value)
            tx.add(feed)
        return feed

    async def waiting(self) -> list[Push]:
        async with self.desk.store.read() as tx:
            return [push for push, _ in await pushes.waiting(tx, (await tx.get_one(Feed, self.desk.feed)).lane, 100)]


@pytest.fixture
async def hub() -> AsyncIterator[Hub]:
    made = Hub()
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
async def scene(desk: Desk, hub: Hub, port: int) -> AsyncIterator[Scene]:
    rung: list[str] = []
    public = f"http://127.0.0.1:{port}"
    subscriber = Subscriber(desk.store, desk.outside, KEYRING, f"{public}/")
    callback = Callback(desk.store, desk.outside, KEYRING, rung.extend)
    made = Scene(desk, hub, subscriber, rung, public)
    await desk.strike(await desk.account())
    await made.feed(address=TOPIC, hub=hub.address, next_look_at=NINETEEN)
    desk.clock.move_to(EVE)
    async with pushed_to(callback, port) as served:
        assert served
        yield made


async def active(scene: Scene) -> Subscription:
    row = await scene.turn()
    assert row is not None
    assert State.ACTIVE == row.state
    return row


async def test_a_strike_has_its_feeds_pushed_from_its_eve_to_its_end(scene: Scene) -> None:
    """Asked for, verified, delivered, ended; and not a moment before the eve."""
    scene.desk.clock.step(seconds=-1)
    assert await scene.turn() is None
    row = await scene.turn(seconds=1)
    assert row is not None
    form = scene.hub.asked[0]
    assert ("subscribe", TOPIC, "864000", 64) == (
        *(form[f"hub.{name}"] for name in ("mode", "topic", "lease_seconds")),
        len(form["hub.secret"]),
    )
    assert f"{scene.public}/push/{row.path}" == form["hub.callback"]
    assert [(200, "<b>&challenge")] == scene.hub.told
    assert (State.ACTIVE, EVE + timedelta(days=10), "", 0) == (row.state, row.expires_at, row.reason, row.failures)
    assert 202 == await scene.hub.push(b"<rss/>")
    assert [(b"<rss/>", "application/rss+xml", EVE)] == [
        (each.body, each.content_type, each.received_at) for each in await scene.waiting()
    ]
    assert ["feed/x"] == scene.rung
    scene.desk.clock.move_to(NINETEEN)
    row = await scene.turn()
    assert row is not None
    assert (State.OVER, None, 1) == (row.state, row.due_at, row.pushes)
    assert ["subscribe", "unsubscribe"] == [each["hub.mode"] for each in scene.hub.asked]
    assert "hub.secret" not in scene.hub.asked[1]
    assert 410 == await scene.hub.push(b"<rss/>")
    await scene.turn(days=1)
    assert 2 == len(scene.hub.asked)


@one_store
async def test_nobody_is_asked_without_a_public_address_a_hub_or_a_strike(scene: Scene) -> None:
    silent = Subscriber(scene.desk.store, scene.desk.outside, KEYRING, "")
    assert (None, None) == (silent.due, await silent.drain())
    await scene.feed(hub="")
    await scene.turn()
    await scene.feed(hub=scene.hub.address, off_at=EIGHT)
    await scene.turn(minutes=1)
    await scene.feed(off_at=None)
    scene.desk.clock.move_to(NINETEEN)
    await scene.turn()
    assert ([], None) == (scene.hub.asked, await scene.row())


@one_store
async def test_all_feeds_of_a_newsroom_are_asked_for_at_once(scene: Scene) -> None:
    """However many there are: each on its own path, with its own secret."""
    many = asking.AT_ONCE + 4
    async with scene.desk.store.write() as tx:
        for number in range(1, many):
            row = Feed(newsroom_id=1, address=f"{TOPIC}/{number}", lane="feed/x", next_look_at=NINETEEN)
            row.hub = scene.hub.address
            tx.add(row)
    await scene.turn()
    async with scene.desk.store.read() as tx:
        rows = await subscription.of_newsroom(scene.desk.newsroom, tx)
    assert [State.ACTIVE] * many == [row.state for row in rows]
    for name in ("callback", "secret", "topic"):
        assert many == len({each[f"hub.{name}"] for each in scene.hub.asked})


@one_store
async def test_what_we_did_not_ask_for_is_not_confirmed(scene: Scene) -> None:
    """Wrong topic, wrong mode, senseless lease, no challenge, unknown path, no words at all."""
    scene.hub.verifies = False
    await scene.turn()
    wrongs = [{"topic": f"{TOPIC}/"}, {"mode": "unsubscribe"}, {"mode": "x"}, {"lease_seconds": "0"}, {"challenge": ""}]
    for wrong in wrongs:
        assert (404, "") == await scene.hub.verify(**wrong)
    assert State.ASKED == await scene.state()
    good = dict(scene.hub.asked[0])
    for path in ("", "/", "/push/", "/push/0123456789abcdef0123456789abcdef", "/push/x/y", "/livez", "/metrics"):
        scene.hub.asked[0] = good | {"hub.callback": scene.public + path}
        assert (404, "") == await scene.hub.verify()
    scene.hub.asked[0] = good
    async with aiohttp.ClientSession() as session, session.get(good["hub.callback"]) as answer:
        assert 404 == answer.status
    assert 404 == await scene.hub.push(b"<rss/>", path="0123456789abcdef0123456789abcdef")
    assert 404 == await scene.hub.push(b"<rss/>")
    assert ([], State.ASKED) == (await scene.waiting(), await scene.state())


@one_store
async def test_a_verification_said_again_changes_nothing_more(scene: Scene) -> None:
    """Our answer may be lost on its way: it is repeated for ten minutes, without a longer lease."""
    first = await active(scene)
    scene.desk.clock.advance(minutes=9)
    assert (200, "<b>&challenge") == await scene.hub.verify()
    assert (404, "") == await scene.hub.verify(mode="unsubscribe")
    scene.desk.clock.advance(minutes=1)
    assert (404, "") == await scene.hub.verify()
    again = await scene.row()
    assert again is not None
    assert first.expires_at == again.expires_at


@one_store
async def test_every_algorithm_of_the_specification_is_understood(scene: Scene) -> None:
    """SHA-1 too, which is counted."""
    await active(scene)
    for algorithm in ("sha256", "sha384", "sha512", "sha1"):
        assert 202 == await scene.hub.push(algorithm.encode(), algorithm)
    assert [b"sha256", b"sha384", b"sha512", b"sha1"] == [each.body for each in await scene.waiting()]
    row = await scene.row()
    assert row is not None
    assert (4, 1, 0) == (row.pushes, row.weak, row.strays)


@one_store
async def test_a_push_that_is_not_signed_well_is_only_a_hint(scene: Scene) -> None:
    """Accepted, as the specification wants; not kept; and the feed is looked at, once a minute at most."""
    await active(scene)
    for algorithm, secret in (("", None), ("sha256", "wrong"), ("sha256", ""), ("md5", None)):
        assert 202 == await scene.hub.push(b"<rss>forged</rss>", algorithm, secret)
        pulled = (await scene.feed()).next_look_at - scene.desk.clock.now()
        assert timedelta(seconds=1) <= pulled <= timedelta(seconds=3)
        await scene.feed(next_look_at=NINETEEN)
        scene.desk.clock.advance(seconds=59)
        await scene.hub.push(b"<rss>forged</rss>", algorithm, secret)
        assert NINETEEN == (await scene.feed()).next_look_at
        scene.desk.clock.advance(seconds=1)
    assert [] == await scene.waiting()
    row = await scene.row()
    assert row is not None
    assert (0, 8) == (row.pushes, row.strays)


@one_store
async def test_a_push_that_names_another_feed_is_not_kept(scene: Scene) -> None:
    """However well it is signed: a hub may mix its feeds up."""
    await active(scene)
    named = f'<{scene.hub.address}>; rel="hub", <{TOPIC}>; rel="self"'
    assert 202 == await scene.hub.push(b"<rss/>", link=named.replace(TOPIC, "http://other.example/feed"))
    assert [] == await scene.waiting()
    assert 202 == await scene.hub.push(b"<rss/>", link=named)
    assert 1 == len(await scene.waiting())


@one_store
async def test_a_hint_does_not_break_a_pause_that_the_feeds_server_asked_for(scene: Scene) -> None:
    await active(scene)
    await scene.feed(retry_at=NINETEEN)
    await scene.hub.push(b"<rss/>", "")
    assert NINETEEN == (await scene.feed()).next_look_at


@one_store
async def test_three_megabytes_are_taken_and_not_a_byte_more(scene: Scene) -> None:
    """Whether the length is said or not; what is longer is a hint."""
    await active(scene)
    assert 202 == await scene.hub.push(b"x" * page.BODY)
    assert 413 == await scene.hub.push(b"x" * (page.BODY + 1))

    async def unsaid() -> AsyncIterator[bytes]:
        for _ in range(4):
            yield b"x" * (1 << 20)

    callback = scene.hub.asked[0]["hub.callback"]
    async with aiohttp.ClientSession() as session, session.post(callback, data=unsaid()) as answer:
        assert 413 == answer.status
    assert [page.BODY] == [len(each.body) for each in await scene.waiting()]
    assert (await scene.feed()).next_look_at < NINETEEN


@one_store
async def test_a_body_that_does_not_come_to_its_end_is_not_waited_for(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page, "READING", 0.05)
    row = await active(scene)
    host, _, port = scene.public.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(f"POST /push/{row.path} HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n<rss".encode())
    assert b"408" in (await reader.readline())
    writer.close()
    assert [] == await scene.waiting()


@one_store
async def test_no_more_waits_to_be_read_than_has_its_place(scene: Scene) -> None:
    """However many are pushed at once; the rest are hints."""
    await active(scene)
    answers = await asyncio.gather(*(scene.hub.push(b"<rss>%d</rss>" % each) for each in range(MOST_WAITING + 4)))
    assert {202} == set(answers)
    assert MOST_WAITING == len(await scene.waiting())
    row = await scene.row()
    assert row is not None
    assert (MOST_WAITING + 4, 0) == (row.pushes, row.strays)


async def test_a_lease_is_renewed_while_the_old_one_lasts(scene: Scene) -> None:
    """Under the same path and secret, also if the hub takes its time; then by the new lease."""
    scene.hub.lease = "3600"
    first = await active(scene)
    scene.hub.verifies = False
    row = await scene.turn(minutes=50)
    assert row is not None
    assert (State.RENEWING, first.expires_at) == (row.state, row.expires_at)
    assert scene.hub.asked[0] == scene.hub.asked[1]
    assert 202 == await scene.hub.push(b"<rss/>")
    assert 200 == (await scene.hub.verify())[0]
    row = await scene.row()
    assert row is not None
    assert (State.ACTIVE, scene.desk.clock.now() + timedelta(hours=1)) == (row.state, row.expires_at)


@one_store
async def test_a_lease_that_runs_out_unrenewed_is_asked_for_anew(scene: Scene) -> None:
    """With another path and secret."""
    scene.hub.lease = "3600"
    first = await active(scene)
    scene.hub.verifies = False
    for _ in range(8):
        await scene.turn(minutes=10)
    scene.hub.verifies = True
    again = await scene.turn(hours=1)
    assert again is not None
    assert (State.ACTIVE, True) == (again.state, first.path != again.path)
    assert scene.hub.asked[0]["hub.secret"] != scene.hub.asked[-1]["hub.secret"]


@one_store
async def test_a_hub_that_never_verifies_is_asked_again_more_and_more_rarely(scene: Scene) -> None:
    scene.hub.verifies = False
    for _ in range(20):
        await scene.turn(minutes=6)
    row = await scene.row()
    assert row is not None
    assert (State.ASKED, "unverified", len(scene.hub.asked)) == (row.state, row.reason, row.failures)
    assert 5 <= len(scene.hub.asked) <= 8
    assert {scene.hub.asked[0]["hub.callback"]} == {each["hub.callback"] for each in scene.hub.asked}


@one_store
async def test_a_hub_that_refuses_is_left_alone_for_a_day(scene: Scene) -> None:
    scene.hub.status, scene.hub.verifies = 404, False
    row = await scene.turn()
    assert row is not None
    assert (State.REFUSED, "refused") == (row.state, row.reason)
    assert timedelta(days=1) == (row.due_at or EIGHT) - scene.desk.clock.now()
    await scene.turn(hours=5)
    assert 1 == len(scene.hub.asked)


@one_store
async def test_a_hub_that_denies_later_is_believed(scene: Scene) -> None:
    await active(scene)
    assert (404, "") == await scene.hub.verify(mode="denied", topic="other")
    assert State.ACTIVE == await scene.state()
    assert (404, "") == await scene.hub.verify(mode="denied", reason="<script>")
    row = await scene.row()
    assert row is not None
    assert (State.REFUSED, "denied") == (row.state, row.reason)
    assert 410 == await scene.hub.push(b"<rss/>")


@one_store
async def test_a_hub_in_trouble_is_asked_again_in_a_minute(scene: Scene) -> None:
    scene.hub.status, scene.hub.verifies = 503, False
    row = await scene.turn()
    assert row is not None
    assert (State.ASKED, "unreachable") == (row.state, row.reason)
    scene.hub.status, scene.hub.verifies = 202, True
    row = await scene.turn(seconds=70)
    assert row is not None
    assert (State.ACTIVE, "") == (row.state, row.reason)


@one_store
async def test_a_hub_that_hangs_or_is_gone_is_not_waited_for(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "ASKING", 0.05)
    scene.hub.hangs = True
    row = await scene.turn()
    assert row is not None
    assert (State.ASKED, "unreachable") == (row.state, row.reason)
    await scene.feed(hub="http://127.0.0.1:1/hub")
    row = await scene.turn(minutes=11)
    assert row is not None
    assert (State.ASKED, "unreachable", "http://127.0.0.1:1/hub") == (row.state, row.reason, row.hub)


@one_store
async def test_a_hub_on_a_private_network_is_not_asked(scene: Scene) -> None:
    """Nor one whose address is none."""
    for named in ("http://10.0.0.1/hub", "http://169.254.169.254/", "ftp://hub.example/", "http://[", "x"):
        await scene.feed(hub=named)
        row = await scene.turn(minutes=11)
        assert row is not None
        assert (State.ASKED, "unreachable", named) == (row.state, row.reason, row.hub)


@one_store
async def test_a_hub_without_tls_gets_no_secret_for_a_feed_that_has_it(scene: Scene) -> None:
    """What it pushes is a hint, also if it signs with nothing."""
    await scene.feed(address="https://journal.example/feed")
    row = await active(scene)
    assert (b"", False) == (row.sealed, "hub.secret" in scene.hub.asked[0])
    assert 202 == await scene.hub.push(b"<rss/>", secret="")
    assert [] == await scene.waiting()
    assert (await scene.feed()).next_look_at < NINETEEN


@one_store
async def test_a_restart_between_the_request_and_its_verification_loses_nothing(scene: Scene) -> None:
    """Also if the request was written down and never sent."""
    scene.hub.verifies = False
    await scene.turn()
    scene.subscriber = Subscriber(scene.desk.store, scene.desk.outside, KEYRING, scene.public)
    await scene.turn()
    assert 1 == len(scene.hub.asked)
    assert 200 == (await scene.hub.verify())[0]
    assert State.ACTIVE == await scene.state()


@one_store
async def test_a_subscription_that_another_key_sealed_begins_anew(scene: Scene) -> None:
    """Accounts are connected anew then, too; what comes for the old one meanwhile is a hint."""
    first = await active(scene)
    async with scene.desk.store.write() as tx:
        row = await tx.get_one(Subscription, first.id)
        row.sealed, row.due_at = b"\x01" + bytes(60), scene.desk.clock.now()
        tx.add(row)
    assert 202 == await scene.hub.push(b"<rss/>")
    assert [] == await scene.waiting()
    again = await scene.turn()
    assert again is not None
    assert (State.ACTIVE, True) == (again.state, first.path != again.path)


@one_store
async def test_a_clock_that_ran_ahead_keeps_no_renewal_waiting(scene: Scene) -> None:
    await active(scene)
    scene.desk.clock.step(days=-20)
    row = await scene.turn()
    assert row is not None
    assert (State.ACTIVE, 2) == (row.state, len(scene.hub.asked))
    assert row.due_at is not None
    assert row.due_at < scene.desk.clock.now() + timedelta(days=8)


@one_store
async def test_a_feed_that_is_removed_is_not_pushed_any_more(scene: Scene) -> None:
    await active(scene)
    await scene.feed(removed_at=scene.desk.clock.now())
    row = await scene.turn(seconds=1)
    assert row is not None
    assert (State.OVER, "unsubscribe") == (row.state, scene.hub.asked[-1]["hub.mode"])


@one_store
async def test_a_feed_that_moves_to_another_hub_is_asked_for_there(scene: Scene) -> None:
    """But not at every change of its mind."""
    first = await active(scene)
    await scene.feed(hub=f"{scene.hub.address}2")
    await scene.turn(minutes=9)
    assert 1 == len(scene.hub.asked)
    again = await scene.turn(minutes=1)
    assert again is not None
    assert (State.ACTIVE, f"{scene.hub.address}2", True) == (again.state, again.hub, first.path != again.path)


@one_store
async def test_no_secret_is_in_the_database_or_in_the_log(
    scene: Scene, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even when the database fails over a push."""
    caplog.set_level(logging.INFO)
    caplog.set_level(logging.DEBUG, "relay")
    row = await active(scene)
    secret = scene.hub.asked[0]["hub.secret"]

    async def failing(*_: object) -> int:
        raise sqlite3.OperationalError(f"{row.path} {secret} <rss>body</rss>")

    monkeypatch.setattr(pushes, "count", failing)
    assert 503 == await scene.hub.push(b"<rss>body</rss>")
    path = scene.desk.store.path
    assert path is not None
    kept = b"".join(each.read_bytes() for each in path.parent.glob(f"{path.name}*"))
    assert (False, False) == (secret.encode() in kept, bytes.fromhex(secret) in kept)
    said = caplog.text + str([record.__dict__ for record in caplog.records if record.name.startswith("relay")])
    assert [False] * 3 == [each in said for each in (secret, row.path, "<rss>")]


@one_store
async def test_a_push_is_acknowledged_at_once(scene: Scene) -> None:
    """On a quiet machine within 50 ms; here with room for a busy one."""
    await active(scene)
    loop = asyncio.get_running_loop()
    times = []
    for number in range(5):
        began = loop.time()
        await scene.hub.push(b"<rss>%d</rss>" % number * 5000)
        times.append(loop.time() - began)
    assert min(times) < 0.05
