# SPDX-License-Identifier: AGPL-3.0-or-later
"""A restore is a duplicate machine: the ledger has forgotten what it said. The accounts' own posts have not."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from desk import FIRST, KEYRING, LANE, NINE, Desk, texts
from sqlmodel import select

from relay.deliveries import audit
from relay.deliveries.attempt import Patience
from relay.deliveries.courier import Courier
from relay.deliveries.restore import Restored, go_on, mark
from relay.deliveries.seats import Seats
from relay.engine.presence import refuse
from relay.faults import Throttled, Unauthorised
from relay.i18n import say
from relay.networks.port import Identity
from relay.store.account import Account
from relay.store.backup import backup
from relay.store.database import Store
from relay.store.ledger import Delivery
from relay.store.opening import open_store
from relay.store.restoring import copied, pour
from relay.terms import AccountState, DeliveryState, Window
from relay.testing.fake import FULL, FakePlatform

LONG = (Window(NINE, NINE + timedelta(days=9)),)
AGES = {"1h": timedelta(hours=1), "24h": timedelta(hours=24), "7d": timedelta(days=7)}
SETTLE = timedelta(minutes=2)
Restore = Callable[[], Coroutine[Any, Any, Restored]]


@pytest.fixture
def restore(desk: Desk, address: str, tmp_path: Path) -> Restore:
    """What ``piquet restore`` does with the backup ``keep`` has taken; the accounts may be asked at once after it."""

    async def restored() -> Restored:
        async with copied(tmp_path / "kept.db", tmp_path) as part:
            kept = await open_store(f"sqlite:///{part}")
            async with kept.write() as tx:
                found = await mark(tx, desk.clock.now(), SETTLE)
            await kept.aclose()
            await pour(part, address, refuse)
        desk.clock.advance(seconds=SETTLE.total_seconds())
        return found

    return restored


async def keep(store: Store, tmp_path: Path) -> None:
    await backup(store, tmp_path / "kept.db", force=True)


def equip(desk: Desk, kind: str) -> None:
    """Have the desk speak on a network of class A, B, C or D."""
    desk.platform.honours_key, desk.platform.reads_back = kind in "AC", kind != "D"
    can = replace(FULL, repeats_safely=kind == "C")
    other = FakePlatform(desk.clock).network()
    networks = {"fake": desk.platform.network(can), "other": other}
    desk.seats = Seats(desk.store, desk.outside, networks, KEYRING)
    desk.courier = Courier(desk.store, desk.outside, desk.seats.cards, desk.seats.connect, Patience(30, 120))


def titles(desk: Desk) -> list[str]:
    """Of the articles answered, in the order they were, repeats included."""
    return [text.split("« ")[1].split(" »")[0] for text in texts(desk) if "«" in text]


async def a_strike_of_days(desk: Desk) -> None:
    """On, the start and one article said."""
    await desk.strike(await desk.account(), windows=LONG)
    desk.clock.move_to(NINE)
    await desk.work()
    await desk.see("Un")
    await desk.work()


async def go_through(desk: Desk, age: timedelta) -> None:
    """Two more articles, right after the backup and right before it is needed."""
    desk.clock.advance(minutes=1)
    await desk.see("Deux")
    await desk.work()
    desk.clock.move_to(NINE + age)
    await desk.see("Trois")
    await desk.work()


async def show_again(desk: Desk, looked_at: datetime) -> None:
    """The first look after the restore: the feed still has what was answered, and something new."""
    now = desk.clock.now()
    await desk.see("Quatre", looked_at=looked_at)
    await desk.see("Trois", "Deux", looked_at=looked_at, published=now - timedelta(minutes=4))
    await desk.work()
    desk.clock.advance(minutes=10)
    await desk.work()


@pytest.mark.parametrize("kind", ["A", "B", "C", "D"])
@pytest.mark.parametrize(
    ("address", "age"), [*(("sqlite", age) for age in AGES), ("postgres", "24h")], indirect=["address"]
)
async def test_nothing_is_said_twice(desk: Desk, restore: Restore, tmp_path: Path, kind: str, age: str) -> None:
    """Whatever the age of the backup and the class of the network; and what is new is said."""
    equip(desk, kind)
    await a_strike_of_days(desk)
    await keep(desk.store, tmp_path)
    await go_through(desk, AGES[age])
    await restore()
    await show_again(desk, NINE)
    assert ["Un", "Deux", "Trois", "Quatre"] == titles(desk)
    assert 1 == texts(desk).count("La grève commence. Jour 1.")
    states = sorted(row.state for row in await desk.deliveries() if row.reason == "restored")
    assert states == [DeliveryState.NEEDS_HUMAN] * (2 if kind == "D" else 0)
    report = await audit.of_strike(desk.store, desk.newsroom, 1, desk.clock.now())
    assert report.adds_up, report.gaps


@pytest.mark.parametrize("kind", ["A", "B", "C"])
async def test_a_start_that_the_backup_forgot_is_found_and_pinned(
    desk: Desk, restore: Restore, tmp_path: Path, kind: str
) -> None:
    """The backup is of the evening before: the ledger opens the window anew, and finds it announced."""
    equip(desk, kind)
    await desk.strike(await desk.account(), windows=LONG)
    await keep(desk.store, tmp_path)
    desk.clock.move_to(NINE)
    await desk.work()
    desk.platform.pins.clear()
    desk.clock.advance(hours=1)
    await restore()
    await desk.work()
    await desk.work()
    assert ["La grève commence. Jour 1."] == texts(desk)
    assert desk.platform.posts("desk")[0].receipt.id == desk.platform.pins["desk"]


async def test_yesterdays_start_is_not_todays(desk: Desk, restore: Restore, tmp_path: Path) -> None:
    """Same words but for the day, and not said today yet: it is said."""
    day = timedelta(days=1)
    windows = (Window(NINE, NINE + timedelta(hours=1)), Window(NINE + day, NINE + day + timedelta(hours=1)))
    await desk.strike(await desk.account(), windows=windows)
    await keep(desk.store, tmp_path)
    desk.clock.move_to(NINE)
    await desk.work()
    desk.clock.move_to(NINE + day - timedelta(minutes=5))
    await restore()
    desk.clock.move_to(NINE + day)
    await desk.work()
    assert ["La grève commence. Jour 1.", "La grève commence. Jour 2."] == texts(desk)


async def test_what_was_in_doubt_stays_in_doubt(desk: Desk, restore: Restore, tmp_path: Path) -> None:
    """In hand when the backup was taken: it is looked for, and adopted."""
    await a_strike_of_days(desk)
    async with desk.store.write() as tx:
        row = (await tx.exec(select(Delivery).where(Delivery.notice_id == 3, Delivery.remote_id == "2"))).one()
        row.state, row.remote_id, row.settled_at, row.holder = DeliveryState.SENDING, "", None, "the dead"
    await keep(desk.store, tmp_path)
    await restore()
    await desk.work()
    desk.clock.advance(minutes=5)
    await desk.work()
    assert ["Un"] == titles(desk)
    assert DeliveryState.SENT == next(row.state for row in await desk.deliveries() if row.notice_id == 3)


async def two_hosts(desk: Desk, tmp_path: Path) -> None:
    """One account on each of two networks; an article waits when the backup is taken."""
    equip(desk, "A")
    async with desk.store.write() as tx:
        who = Identity("other", "@other", "https://other.example/@other")
        other = await desk.seats.save(1, tx, "other", {"handle": "other", "token": "t0ken"}, who, desk.clock.now())
    await desk.strike(await desk.account(), other, windows=LONG)
    desk.clock.move_to(NINE)
    await desk.see("Un")
    await keep(desk.store, tmp_path)


async def set_back(desk: Desk, handle: str) -> Account:
    async with desk.store.read() as tx:
        return (await tx.exec(select(Account).where(Account.remote_id == handle))).one()


async def test_after_a_restore_nothing_is_said_before_every_account_was_read_back(
    desk: Desk, restore: Restore, tmp_path: Path
) -> None:
    """The other host has not been asked yet: this one waits for it, whatever is due."""
    await two_hosts(desk, tmp_path)
    await restore()
    await desk.work()
    assert [] == texts(desk)
    await desk.courier.drain("net/other/other.example")
    await desk.work()
    assert [FIRST] == texts(desk)[1:]


async def test_an_account_that_is_paused_is_not_waited_for_and_read_back_when_it_returns(
    desk: Desk, restore: Restore, tmp_path: Path
) -> None:
    await two_hosts(desk, tmp_path)
    await restore()
    async with desk.store.write() as tx:
        assert {"@desk", "@other"} == {each.handle for each in await go_on(tx)}
        (await tx.exec(select(Account).where(Account.remote_id == "desk"))).one().state = AccountState.CONNECTED
    await desk.work()
    assert [FIRST] == texts(desk)[1:]
    async with desk.store.write() as tx:
        (await tx.exec(select(Account).where(Account.remote_id == "other"))).one().state = AccountState.CONNECTED
    await desk.see("Deux")
    await desk.work()
    assert ["Un"] == titles(desk)
    await desk.courier.drain("net/other/other.example")
    await desk.work()
    assert ["Un", "Deux"] == titles(desk)


async def test_a_server_that_does_not_answer_is_asked_again(desk: Desk, restore: Restore, tmp_path: Path) -> None:
    await a_strike_of_days(desk)
    await keep(desk.store, tmp_path)
    await go_through(desk, timedelta(hours=1))
    await restore()
    desk.platform.open = False
    assert desk.clock.now() < (await desk.work() or NINE)
    desk.platform.open = True
    desk.clock.advance(seconds=31)
    await desk.see("Trois", "Quatre", looked_at=NINE)
    await desk.work()
    assert ["Un", "Deux", "Trois", "Quatre"] == titles(desk)


async def test_a_server_that_asks_for_a_pause_gets_it(desk: Desk, restore: Restore, tmp_path: Path) -> None:
    await a_strike_of_days(desk)
    await keep(desk.store, tmp_path)
    await restore()
    until = desk.clock.now() + timedelta(minutes=20)
    desk.platform.script(Throttled(say("Wait."), until))
    assert until == await desk.work()
    assert until == (await set_back(desk, "desk")).rest_until


async def test_an_account_that_lets_us_in_no_more_is_paused(desk: Desk, restore: Restore, tmp_path: Path) -> None:
    await a_strike_of_days(desk)
    await keep(desk.store, tmp_path)
    await restore()
    desk.platform.script(Unauthorised(say("Connect again.")))
    assert await desk.courier.drain(LANE) is None
    assert (AccountState.PAUSED, "Connect again.") == ((row := await set_back(desk, "desk")).state, row.reason)


async def test_a_relay_that_is_stopped_waits_for_no_reading(
    desk: Desk, restore: Restore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An account of thousands of posts takes minutes; what was begun is begun again by the next relay."""
    await a_strike_of_days(desk)
    await keep(desk.store, tmp_path)
    await restore()
    network, asked = await desk.seats.connect(await set_back(desk, "desk")), asyncio.Event()

    async def slow(_: datetime) -> None:
        asked.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(network, "recent", slow)
    drain = asyncio.create_task(desk.courier.drain(LANE))
    await asked.wait()
    drain.cancel()
    async with asyncio.timeout(5):
        await asyncio.gather(drain, return_exceptions=True)
    assert (await set_back(desk, "desk")).reconcile_since is not None


async def test_what_the_backup_forgot_begins_before_it_was_taken(desk: Desk, restore: Restore, tmp_path: Path) -> None:
    """Ten minutes: the networks' clocks need not agree with ours."""
    await a_strike_of_days(desk)
    await keep(desk.store, tmp_path)
    desk.clock.advance(hours=3)
    restored = await restore()
    assert NINE - timedelta(minutes=10) == restored.since
    assert [1] == [strike.id for strike in restored.strikes]
