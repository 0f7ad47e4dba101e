# SPDX-License-Identifier: AGPL-3.0-or-later
"""A host that is down is asked once a minute, not once a notice."""

from datetime import timedelta
from itertools import pairwise

from desk import LANE, Desk, open_with_one_article, texts

from relay.deliveries.breaker import MOST, REST, Breaker
from relay.faults import Throttled
from relay.i18n import say
from relay.terms import Action, DeliveryState

NOTICES = 30


def test_a_closed_breaker_lets_everything_pass(desk: Desk) -> None:
    now = desk.clock.now()
    assert Breaker().after([True] * (MOST - 1), now).room(now, 256) == 256


def test_one_success_closes_it(desk: Desk) -> None:
    now = desk.clock.now()
    opened = Breaker().after([True] * MOST, now)
    assert Breaker() == opened.after([True, False], now)


def test_it_opens_after_failures_in_a_row_and_then_lets_one_probe_pass(desk: Desk) -> None:
    now = desk.clock.now()
    opened = Breaker().after([True] * MOST, now)
    assert [0, 1] == [opened.room(now, 256), opened.room(now + REST, 256)]


def test_a_failed_probe_opens_it_again(desk: Desk) -> None:
    now = desk.clock.now()
    opened = Breaker().after([True] * MOST, now).after([True], now + REST)
    assert now + REST + REST == opened.rest_until


async def test_a_host_that_is_down_hears_one_notice_a_minute_and_all_of_them_once_it_is_back(desk: Desk) -> None:
    await open_with_one_article(desk, *[f"desk{n}" for n in range(NOTICES)])
    desk.platform.open = False
    asked = []
    for _ in range(10):
        await desk.work()
        asked.append(sum(row.tries for row in await desk.deliveries() if row.action == Action.PUBLISH))
        desk.clock.advance(minutes=1)
    probes = [after - before for before, after in pairwise(asked[1:])]
    assert max(probes) <= 1
    desk.platform.open = True
    for _ in range(5):
        await desk.work()
        desk.clock.advance(minutes=1)
    articles = [row.state for row in await desk.deliveries() if row.action == Action.PUBLISH and row.rank == 10]
    assert [DeliveryState.SENT] * NOTICES == articles
    assert all(len(texts(desk, f"desk{n}")) == 2 for n in range(NOTICES))


async def test_an_open_breaker_says_when_the_lane_is_due(desk: Desk) -> None:
    await open_with_one_article(desk, *[f"desk{n}" for n in range(NOTICES)])
    desk.platform.open = False
    await desk.work()
    following = await desk.courier.drain(LANE)
    assert following is not None
    assert following - desk.clock.now() >= REST - timedelta(seconds=1)


async def test_a_host_that_asks_everybody_to_slow_down_is_left_in_peace_too(desk: Desk) -> None:
    """Each account rests for a second; all together rest for a minute."""
    await open_with_one_article(desk, *[f"desk{n}" for n in range(NOTICES)])
    soon = desk.clock.now() + timedelta(seconds=1)
    desk.platform.script(Throttled(say("Slow down."), soon), times=2 * NOTICES)
    await desk.work()
    asked = sum(row.tries for row in await desk.deliveries() if row.action == Action.PUBLISH)
    desk.clock.advance(seconds=2)
    await desk.work()
    assert asked == sum(row.tries for row in await desk.deliveries() if row.action == Action.PUBLISH)
