# SPDX-License-Identifier: AGPL-3.0-or-later
"""The edges of windows: nothing before, nothing after, the start notice pinned in between, and renewal."""

from datetime import timedelta

from desk import FIRST, NINE, NINETEEN, Desk, open_with_one_article, state_of_article, texts

from relay.strikes.plan import renew, stop
from relay.terms import DeliveryState, StrikeState


async def test_nothing_leaves_before_the_window_opens(desk: Desk) -> None:
    await desk.strike(await desk.account())
    await desk.see("Un")
    await desk.work()
    desk.clock.move_to(NINE - timedelta(microseconds=1))
    await desk.work()
    assert desk.platform.said == []


async def test_nothing_leaves_at_the_end_or_after(desk: Desk) -> None:
    """What could not be said in time expires: silence after the end is a promise."""
    await open_with_one_article(desk)
    desk.clock.move_to(NINETEEN)
    await desk.work()
    assert texts(desk) == ["La grève commence. Jour 1."]
    assert await state_of_article(desk) == DeliveryState.EXPIRED


async def test_nothing_begins_in_the_last_second(desk: Desk) -> None:
    """A request that begins half a second before the end may arrive after it."""
    await open_with_one_article(desk)
    desk.clock.move_to(NINETEEN - timedelta(milliseconds=500))
    await desk.work()
    assert texts(desk) == ["La grève commence. Jour 1."]


async def test_the_end_notice_is_said_before_the_window_closes(desk: Desk) -> None:
    await open_with_one_article(desk)
    desk.clock.move_to(NINETEEN - timedelta(seconds=119))
    await desk.work()
    assert texts(desk)[-1] == "La grève s’arrête pour aujourd’hui."


async def test_the_start_notice_is_pinned_for_the_day_and_what_was_there_comes_back(desk: Desk) -> None:
    desk.platform.pins["desk"] = "older"
    await open_with_one_article(desk)
    await desk.work()
    assert desk.platform.pins["desk"] == desk.platform.posts("desk")[0].receipt.id
    desk.clock.move_to(NINETEEN)
    await desk.work()
    assert desk.platform.pins["desk"] == "older"


async def test_articles_that_waited_too_long_expire_instead_of_flooding(desk: Desk) -> None:
    """After six hours without a network, nobody wants the morning's notices at noon."""
    await open_with_one_article(desk)
    desk.platform.open = False
    await desk.work()
    desk.clock.advance(hours=6)
    desk.platform.open = True
    await desk.work()
    assert texts(desk) == ["La grève commence. Jour 1."]
    assert await state_of_article(desk) == DeliveryState.EXPIRED


async def test_an_article_published_before_the_opening_is_not_answered_after_a_long_silence(desk: Desk) -> None:
    """The first look came late: what the feed dates before the strike was published before the strike."""
    await desk.strike(await desk.account())
    desk.clock.move_to(NINE - timedelta(minutes=30))
    row_published_before = desk.clock.now()
    desk.clock.move_to(NINE + timedelta(minutes=5))
    await desk.work()
    await desk.see("Avant", looked_at=row_published_before - timedelta(hours=2), published=row_published_before)
    await desk.see("Pendant", looked_at=row_published_before - timedelta(hours=2))
    await desk.work()
    assert [text for text in texts(desk) if "Avant" in text] == []
    assert len([text for text in texts(desk) if "Pendant" in text]) == 1


async def test_a_strike_runs_within_its_windows_and_ends_after_the_last(desk: Desk) -> None:
    row = await desk.strike(await desk.account())
    seen = [row.state]
    for moment in (NINE, NINETEEN):
        desk.clock.move_to(moment)
        await desk.work()
        async with desk.store.read() as tx:
            refreshed = await tx.get(type(row), row.id)
            assert refreshed is not None
            seen.append(refreshed.state)
    assert seen == [StrikeState.ARMED, StrikeState.RUNNING, StrikeState.ENDED]


async def test_renewing_a_stopped_strike_does_not_start_its_window_again(desk: Desk) -> None:
    """Stopped at noon, renewed for tomorrow: the afternoon stays silent, and tomorrow has the full hours."""
    await open_with_one_article(desk)
    await desk.work()
    async with desk.store.write() as tx:
        await stop(desk.newsroom, tx, 1, desk.clock.advance(hours=3))
    async with desk.store.write() as tx:
        renewed = await renew(desk.newsroom, tx, 1, desk.clock.now())
    await desk.see("Deux")
    await desk.work()
    assert texts(desk) == ["La grève commence. Jour 1.", FIRST]
    assert (renewed.opens, renewed.closes) == (NINE + timedelta(days=1), NINETEEN + timedelta(days=1))
    desk.clock.move_to(renewed.opens)
    await desk.work()
    assert texts(desk)[-1] == "La grève commence. Jour 2."
