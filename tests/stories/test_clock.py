# SPDX-License-Identifier: AGPL-3.0-or-later
"""The strike goes its way while somebody sets the machine's clock: nothing twice, nothing lost, nothing outside."""

import asyncio
from datetime import timedelta

import pytest
from desk import EIGHT, FIRST, LANE, NINE, NINETEEN, Desk, open_with_one_article, texts
from world import World

from relay.clock import ManualClock
from relay.deliveries.attempt import Patience
from relay.deliveries.courier import Courier
from relay.deliveries.timekeeping import KEEP, Timekeeper, trust
from relay.deliveries.wallclock import LULL, STOOD
from relay.faults import Unusable
from relay.store import instance, strike
from relay.store.database import Store
from relay.terms import DeliveryState, StrikeState

TEN, ELEVEN = NINE + timedelta(hours=1), NINE + timedelta(hours=2)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


async def state(world: World) -> StrikeState:
    async with world.house.store.read() as tx:
        return (await strike.of_newsroom(world.newsroom, tx))[0].state


async def at_ten(world: World) -> None:
    """The window is open, one article is answered."""
    await world.strike()
    await world.wait_until(TEN)
    world.press.publish("Un")
    await world.until(TEN + timedelta(minutes=4))
    assert 1 == world.answers("Un")


@pytest.mark.parametrize("back", [HOUR, DAY])
async def test_set_back_during_the_window_all_waits_until_the_time_has_come_again(
    world: World, back: timedelta
) -> None:
    """The strike stays as it is, articles wait in the feed, and each is answered once."""
    await at_ten(world)
    world.clock.step(seconds=-back.total_seconds())
    world.press.publish("Deux")
    said = len(world.notices())
    await world.until(world.clock.now() + timedelta(minutes=10))
    assert (said, StrikeState.RUNNING, True) == (
        len(world.notices()),
        await state(world),
        world.house.timekeeper.held(),
    )
    await world.wait_until(ELEVEN)
    assert [1, 1] == [world.answers("Un"), world.answers("Deux")]


async def test_set_back_to_before_the_opening_no_window_closes_and_none_opens_again(world: World) -> None:
    """The start notice is said once."""
    await at_ten(world)
    world.clock.step(hours=-1.5)
    await world.wait_until(ELEVEN)
    assert (1, StrikeState.RUNNING) == (sum("commence" in text for text in world.notices()), await state(world))


async def test_nothing_is_said_again_after_the_end_when_the_clock_is_set_back(world: World) -> None:
    """Neither while it is held nor when a person trusts it."""
    await at_ten(world)
    await world.wait_until(NINETEEN)
    await world.until(NINETEEN + timedelta(minutes=5))
    world.press.publish("Trop tard")
    said = world.notices()
    world.clock.step(hours=-1)
    await world.wait_until(NINETEEN)
    async with world.house.store.write() as tx:
        await trust(tx, world.clock.now())
    await world.until(NINETEEN + timedelta(minutes=5))
    assert (said, StrikeState.ENDED) == (world.notices(), await state(world))


async def test_a_person_who_trusts_the_clock_sets_everything_going(world: World) -> None:
    """It had been an hour ahead for long: feeds that had been appointed by it are looked at now."""
    world.clock.step(hours=1)
    await world.until(EIGHT + HOUR + timedelta(seconds=STOOD + LULL))
    await world.strike()
    world.clock.step(hours=-1)
    await world.until(NINE + timedelta(minutes=5))
    assert [] == world.notices()
    async with world.house.store.write() as tx:
        await trust(tx, world.clock.now())
    world.press.publish("Un")
    await world.until(NINE + timedelta(minutes=10))
    assert (1, False) == (world.answers("Un"), world.house.timekeeper.held())


@pytest.mark.parametrize("forward", [HOUR, DAY])
async def test_a_glitch_forward_and_back_ends_no_strike(world: World, forward: timedelta) -> None:
    """Some seconds later it is mended: the window is open as before, what waited is answered, nothing was said."""
    await at_ten(world)
    world.press.publish("Deux")
    said = len(world.notices())
    world.clock.step(seconds=forward.total_seconds())
    await world.until(world.clock.now() + timedelta(seconds=40), timedelta(seconds=10))
    assert (said, StrikeState.RUNNING) == (len(world.notices()), await state(world))
    world.clock.step(seconds=-forward.total_seconds())
    await world.until(world.clock.now() + timedelta(minutes=10))
    assert (1, False) == (world.answers("Deux"), world.house.timekeeper.held())


async def test_a_step_forward_that_stands_is_followed_after_a_minute(world: World) -> None:
    """The machine had been an hour late: the window opens."""
    await world.strike()
    await world.until(EIGHT + timedelta(minutes=10))
    world.clock.step(hours=1)
    await world.house.run_due()
    assert (StrikeState.ARMED, True) == (await state(world), world.house.timekeeper.held())
    await world.until(world.clock.now() + timedelta(seconds=LULL))
    assert StrikeState.RUNNING == await state(world)


async def test_the_latest_time_outlives_the_process(world: World) -> None:
    """A relay that begins with a clock that was set back holds; it is written down every 15 s."""
    await world.wait_until(NINE)
    world.clock.advance(seconds=KEEP)
    await world.house.run_due()
    begun = ManualClock(world.clock.now() - HOUR)
    assert await Timekeeper(world.house.store, begun).keep()
    async with world.house.store.read() as tx:
        row = await instance.find(tx)
    assert row is not None
    assert (NINE + timedelta(seconds=KEEP), None) == (row.seen_at, row.stepped_at)


async def test_a_restart_in_the_middle_of_a_glitch_does_not_keep_the_wrong_time(world: World) -> None:
    """What a process finds as it begins counts after ten minutes only."""
    await world.until(EIGHT + timedelta(minutes=1))
    glitch = ManualClock(world.clock.now() + DAY)
    begun = Timekeeper(world.house.store, glitch)
    assert not await begun.keep()
    glitch.advance(seconds=STOOD / 2)
    assert not await begun.keep()
    assert not await Timekeeper(world.house.store, world.clock).keep()


async def test_a_step_is_told_until_it_has_stood(world: World) -> None:
    """For other processes, in the ledger."""
    await world.house.run_due()
    world.clock.step(hours=1)
    await world.house.run_due()
    async with world.house.store.read() as tx:
        during = await instance.find(tx)
    await world.until(world.clock.now() + timedelta(seconds=STOOD + KEEP))
    async with world.house.store.read() as tx:
        after = await instance.find(tx)
    assert during is not None
    assert after is not None
    assert (EIGHT + HOUR, None) == (during.stepped_at, after.stepped_at)


async def test_a_look_that_was_under_way_when_the_clock_was_set_back_is_undone(world: World) -> None:
    """Its articles would be held against the wrong windows; the feed shows them again."""
    await at_ten(world)
    world.clock.step(hours=-1)
    answer = world.house.timekeeper.vouched(world.house.edges.answer)
    async with world.house.store.read() as tx:
        with pytest.raises(Unusable, match="piquet clock"):
            await answer(tx, world.newsroom, [], None, world.clock.now())


async def test_what_was_claimed_when_the_clock_was_set_back_is_not_said(desk: Desk) -> None:
    """It goes back, and is said once the time has come again as if it had never been tried."""
    await open_with_one_article(desk)
    asked = iter([False])  # while it claims; from then on the clock is held
    held = Courier(
        desk.store, desk.outside, desk.seats.cards, desk.seats.connect, Patience(30, 120), lambda: next(asked, True)
    )
    await held.drain(LANE)
    row = (await desk.deliveries())[-1]
    assert (FIRST not in texts(desk), DeliveryState.PENDING, 0) == (True, row.state, row.tries)
    await desk.work()
    assert 1 == texts(desk).count(FIRST)


async def test_machines_that_begin_at_once_share_one_latest_time(store: Store, clock: ManualClock) -> None:
    """None of them stumbles over another."""
    assert [False] * 8 == await asyncio.gather(*(Timekeeper(store, clock).keep() for _ in range(8)))
    async with store.read() as tx:
        row = await instance.find(tx)
    assert row is not None
    assert EIGHT == row.seen_at
