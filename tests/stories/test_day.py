# SPDX-License-Identifier: AGPL-3.0-or-later
"""The day of a strike, told by moving the clock: a real feed over HTTP, the whole house, a fake network."""

from datetime import timedelta

from desk import NINE, NINETEEN
from world import World

from relay.terms import Window


async def test_the_first_sight_of_a_feed_is_silent(world: World) -> None:
    await world.strike()
    await world.wait_until(NINE + timedelta(minutes=30))
    assert world.answers("Hier") == 0


async def test_every_article_of_the_window_is_answered_once_on_each_account(world: World) -> None:
    await world.strike()
    await world.wait_until(NINE - timedelta(minutes=20))
    world.press.publish("Avant")
    await world.wait_until(NINE + timedelta(minutes=1))
    for title in ("Un", "Deux", "Trois"):
        world.press.publish(title)
        await world.until(world.clock.now() + timedelta(minutes=7))
    await world.wait_until(NINETEEN - timedelta(minutes=1))
    await world.until(NINETEEN)
    world.press.publish("Après")
    await world.wait_until(NINETEEN + timedelta(hours=1))
    for account in ("desk", "union"):
        counted = {title: world.answers(title, account) for title in ("Hier", "Avant", "Un", "Deux", "Trois", "Après")}
        assert counted == {"Hier": 0, "Avant": 0, "Un": 1, "Deux": 1, "Trois": 1, "Après": 0}
        assert world.notices(account)[0] == "La grève commence. Jour 1."
        assert world.notices(account)[-1] == "La grève s’arrête pour aujourd’hui."


async def test_a_notice_follows_its_article_within_minutes(world: World) -> None:
    await world.strike()
    await world.wait_until(NINE + timedelta(minutes=1))
    world.press.publish("Un")
    await world.until(world.clock.now() + timedelta(minutes=5))
    assert world.answers("Un") == 1


async def test_a_flood_is_held_for_a_person_and_released_once(world: World) -> None:
    await world.strike()
    await world.wait_until(NINE + timedelta(minutes=1))
    for number in range(11):
        world.press.publish(f"Vague {number}")
    await world.until(world.clock.now() + timedelta(minutes=6))
    assert sum(world.answers(f"Vague {number}") for number in range(11)) == 0
    assert await world.house.watch.release(world.newsroom, 1) == 11
    await world.until(world.clock.now() + timedelta(minutes=6))
    assert [world.answers(f"Vague {number}") for number in range(11)] == [1] * 11


async def test_a_renewed_strike_counts_its_days_and_sleeps_between_them(world: World) -> None:
    day = timedelta(days=1)
    await world.strike(Window(NINE, NINETEEN), Window(NINE + day, NINETEEN + day))
    await world.wait_until(NINETEEN + timedelta(minutes=1))
    world.press.publish("La nuit")
    await world.wait_until(NINE + day + timedelta(minutes=2))
    await world.until(world.clock.now() + timedelta(minutes=1))
    assert world.answers("La nuit") == 0
    assert "La grève commence. Jour 2." in world.notices()


async def test_a_relay_that_starts_late_answers_only_what_the_window_brought(world: World) -> None:
    """The laptop slept until ten: what was published before nine stays unanswered, the rest is answered once."""
    await world.strike()
    await world.house.run_due()
    world.press.publish("Avant")
    world.clock.move_to(NINE + timedelta(minutes=5))
    world.press.publish("Pendant")
    world.clock.move_to(NINE + timedelta(hours=1))
    await world.until(world.clock.now() + timedelta(minutes=3))
    assert (world.answers("Avant"), world.answers("Pendant")) == (0, 1)
