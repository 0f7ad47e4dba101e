# SPDX-License-Identifier: AGPL-3.0-or-later
"""Each thing is told once when it begins and once when it is over, whatever happens in between."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from desk import EIGHT, KEYRING, NINE, NINETEEN, Desk, open_with_one_article
from sqlmodel import select

from relay.alerts.conditions import Room
from relay.store import alert
from relay.store.account import Account
from relay.store.article import Hold
from relay.store.feed import Feed
from relay.store.newsroom import Newsroom
from relay.terms import AccountState, AlertKind

Strikers = Any  # of conftest.py, which cannot be imported


async def pause(desk: Desk, state: AccountState = AccountState.PAUSED) -> None:
    """The first account's token dies, or lives again."""
    async with desk.store.write() as tx:
        row = (await tx.exec(select(Account).order_by(Account.id))).first()  # type: ignore[arg-type]
        assert row is not None
        row.state = state
        tx.add(row)


async def hold(desk: Desk) -> None:
    async with desk.store.write() as tx:
        tx.add(Hold(newsroom_id=desk.newsroom, feed_id=desk.feed, reason="flood", made_at=desk.clock.now()))


async def appoint(desk: Desk, moment: datetime) -> None:
    """The next look at the feed."""
    async with desk.store.write() as tx:
        row = await tx.get_one(Feed, desk.feed)
        row.next_look_at = moment
        tx.add(row)


@pytest.fixture
async def listening(strikers: Strikers) -> Strikers:
    """One account, one channel, all calm."""
    await strikers.desk.account()
    await strikers.channel()
    await strikers.wait(20)
    assert [] == strikers.services.taken
    return strikers


async def test_it_is_told_once_within_a_minute_and_once_when_over(listening: Strikers) -> None:
    """In the newsroom's language, with what to do."""
    desk, services = listening.desk, listening.services
    await pause(desk)
    await listening.wait(40)
    assert [True] == [title.startswith("Le Quotidien") for title in services.titles()]
    assert "@desk (fake)" in services.bodies()[0]
    assert "piquet account check" in services.bodies()[0]
    await listening.wait(3600, every=300)
    assert 1 == len(services.taken)
    await pause(desk, AccountState.CONNECTED)
    await listening.wait(100)
    assert 1 == len(services.taken)
    await listening.wait(40)
    assert 2 == len(services.taken)
    assert services.bodies()[1].startswith("✓")


async def test_flapping_is_one_thing(listening: Strikers) -> None:
    """Gone for less than two minutes, it is not over."""
    for state in (AccountState.PAUSED, AccountState.CONNECTED) * 5:
        await pause(listening.desk, state)
        await listening.wait(60)
    assert 1 == len(listening.services.taken)
    await listening.wait(120)
    assert 2 == len(listening.services.taken)


async def test_what_flaps_before_it_is_told_is_told_when_it_is_there(listening: Strikers) -> None:
    """A channel that was down hears of what is, not of what was."""
    listening.services.faults["ntfy://strikers"] = "unreachable"
    await pause(listening.desk)
    await listening.wait(20)
    await pause(listening.desk, AccountState.CONNECTED)
    del listening.services.faults["ntfy://strikers"]
    await listening.wait(600, every=60)
    assert [] == listening.services.taken


async def test_many_at_once_are_one_message(listening: Strikers) -> None:
    await pause(listening.desk)
    await hold(listening.desk)
    listening.room = Room(100 << 20, 1 << 40)
    await listening.wait(20)
    assert 1 == len(listening.services.taken)
    assert 3 == listening.services.bodies()[0].count("! ")


async def test_a_long_list_is_cut(listening: Strikers) -> None:
    """The rest is counted: a message must fit every service."""
    for _ in range(20):
        await hold(listening.desk)
    await listening.wait(20)
    [body] = listening.services.bodies()
    assert (9, True) == (body.count("! "), "12" in body)


async def test_a_restart_repeats_nothing_and_forgets_nothing(listening: Strikers) -> None:
    await pause(listening.desk)
    await listening.wait(20)
    listening.restart()
    await listening.wait(60)
    assert 1 == len(listening.services.taken)
    await pause(listening.desk, AccountState.CONNECTED)
    await listening.wait(60)
    listening.restart()
    await listening.wait(300)
    assert 2 == len(listening.services.taken)


async def test_a_crash_before_telling_tells_after(listening: Strikers) -> None:
    """What is to be told is in the ledger first."""

    async def crash(errands: object) -> Any:
        raise ZeroDivisionError
        yield

    dispatch, listening.channels.dispatch = listening.channels.dispatch, crash
    await pause(listening.desk)
    with pytest.raises(ZeroDivisionError):
        await listening.wait(20)
    assert [AlertKind.ACCOUNT] == [each.kind for each in await listening.alerts()]
    listening.channels.dispatch = dispatch
    listening.restart()
    await listening.wait(20)
    assert 1 == len(listening.services.taken)


async def test_a_failing_channel_is_tried_ever_less_and_holds_up_no_other(listening: Strikers) -> None:
    """In an hour: after 30 s, 1, 2, 4 … minutes, at the next look; then it is told all the same."""
    await listening.channel("json://broken")
    listening.services.faults["json://broken"] = "503"
    await pause(listening.desk)
    await listening.wait(20)
    assert 1 == len(listening.services.titles())
    await listening.wait(3600, every=30)
    assert 7 == listening.services.tries.count("json://broken")
    listening.restart()
    await listening.wait(60)
    assert 7 == listening.services.tries.count("json://broken")
    listening.services.faults.clear()
    await listening.wait(1800, every=600)
    assert (1, 1) == (len(listening.services.titles()), len(listening.services.titles("json://broken")))


async def test_a_new_channel_hears_what_still_is(listening: Strikers) -> None:
    await pause(listening.desk)
    await listening.wait(20)
    await listening.channel("json://second")
    await listening.wait(20)
    assert (1, 1) == (len(listening.services.titles()), len(listening.services.titles("json://second")))


async def test_a_late_notice_is_told_until_it_is_sent(listening: Strikers) -> None:
    """From the real ledger: five minutes after it should have gone out."""
    desk = listening.desk
    await open_with_one_article(desk, "union")
    await appoint(desk, NINETEEN)
    await listening.wait(280)
    assert [] == listening.services.taken
    await listening.wait(60)
    assert "@union (fake)" in listening.services.bodies()[0]
    await desk.work()
    await listening.wait(160)
    assert [2, 0] == [len(listening.services.taken), len(await listening.alerts())]


async def test_silence_is_told_and_ends_with_an_article(listening: Strikers) -> None:
    desk = listening.desk
    await desk.strike(await desk.account())
    desk.clock.move_to(NINE)
    await desk.work()
    await listening.wait(3 * 3600 - 60, every=60 * 179)
    assert [] == listening.services.taken
    await listening.wait(80)
    assert [AlertKind.QUIET] == [each.kind for each in await listening.alerts()]
    await desk.see("Un")
    await desk.work()
    await listening.wait(180)
    assert [2, 0] == [len(listening.services.taken), len(await listening.alerts())]


async def test_articles_that_cannot_be_answered_are_another_sentence(listening: Strikers) -> None:
    """Not that nothing was published."""
    desk = listening.desk
    await open_with_one_article(desk, "union")
    await appoint(desk, NINETEEN)
    await listening.wait(3 * 3600, every=900)
    await desk.see("Deux")
    await listening.wait(20)
    assert {AlertKind.LATE, AlertKind.MUTE} == {each.kind for each in await listening.alerts()}


async def test_looks_that_stay_late_are_told_of(listening: Strikers) -> None:
    """After five minutes without a pause, as one process saw them: when it starts, all are late until they are made."""
    desk = listening.desk
    await desk.strike(await desk.account())
    desk.clock.move_to(NINE + timedelta(minutes=30))
    await desk.work()
    await appoint(desk, NINE)
    await listening.wait(300, every=100)
    listening.restart()
    await listening.wait(300, every=100)
    assert [] == listening.services.taken
    await listening.wait(100, every=100)
    assert [AlertKind.BEHIND] == [each.kind for each in await listening.alerts()]
    assert "42" in listening.services.bodies()[0]
    await appoint(desk, NINETEEN)
    await listening.wait(180, every=60)
    assert [2, 0] == [len(listening.services.taken), len(await listening.alerts())]


async def test_a_clock_that_is_set_does_not_silence_the_lookout(listening: Strikers) -> None:
    """Back by an hour, it looks again within twenty seconds of real time."""
    listening.desk.clock.step(hours=-1)
    await pause(listening.desk)
    await listening.wait(20)
    assert 1 == len(listening.services.taken)


async def test_nothing_secret_and_no_wording_is_told(listening: Strikers) -> None:
    desk = listening.desk
    await open_with_one_article(desk, "union")
    await pause(desk)
    await hold(desk)
    await listening.wait(400)
    said = "".join(each.title + each.body for each in listening.services.taken)
    assert [] == [word for word in ("secret-of", "Community managers", "Retraites", "« Un »") if word in said]


async def test_another_newsroom_hears_nothing(listening: Strikers) -> None:
    """Neither of our trouble, nor that we are on strike."""
    async with listening.desk.store.write() as tx:
        other = Newsroom(slug="other", name="L’Autre", zone="Europe/Paris", language="en", made_at=EIGHT)
        tx.add(other)
    await listening.channels.add(other.id, "json://other")
    await pause(listening.desk)
    await listening.wait(60)
    assert (1, []) == (len(listening.services.taken), listening.services.titles("json://other"))
    listening.room = Room(100 << 20, 1 << 40)
    await listening.wait(20)
    assert ["L’Autre: Piquet needs you"] == listening.services.titles("json://other")


async def test_without_a_channel_nothing_is_judged(strikers: Strikers) -> None:
    await strikers.desk.account()
    await pause(strikers.desk)
    await strikers.wait(60)
    assert [] == await strikers.alerts()


async def test_a_channel_whose_seal_does_not_open_says_so(listening: Strikers) -> None:
    """It is tried ever less, like any other that fails."""
    async with listening.desk.store.write() as tx:
        [row] = await alert.channels(listening.desk.newsroom, tx)
        row.sealed = b"\x01" + bytes(40)
        tx.add(row)
    await pause(listening.desk)
    await listening.wait(60)
    async with listening.desk.store.read() as tx:
        [row] = await alert.channels(listening.desk.newsroom, tx)
    assert ("sealed", []) == (row.fault, listening.services.taken)


async def test_a_look_is_every_twenty_seconds(listening: Strikers) -> None:
    """No sooner, whoever rings."""
    first = await listening.lookout.drain()
    assert timedelta(seconds=20) == first - listening.desk.clock.now()


async def test_a_channel_alone_needs_the_key(strikers: Strikers) -> None:
    """A lost key is missed, not replaced: a new one would open no address."""
    await strikers.channel()
    async with strikers.desk.store.read() as tx:
        assert await KEYRING.fits(tx)
