# SPDX-License-Identifier: AGPL-3.0-or-later
"""A slow server may still be carrying out what it never answered: the relay waits before it looks."""

import pytest
from desk import FIRST, LANE, Desk, open_with_one_article, texts

from relay.notices.frozen import thaw
from relay.terms import Action


@pytest.mark.parametrize("seconds", [1, 60, 119])
async def test_a_request_carried_out_within_the_settling_time_is_not_said_twice(desk: Desk, seconds: int) -> None:
    """On a network that knows no key, a look at once would find nothing, and a second post would be said."""
    desk.platform.honours_key = False
    desk.seats.cards["fake"] = desk.platform.network().card  # type: ignore[index]
    await open_with_one_article(desk)
    desk.platform.script(when="before")
    await desk.work()
    row = next(row for row in await desk.deliveries() if row.action == Action.PUBLISH and row.rank == 10)
    for _ in range(seconds):
        desk.clock.advance(seconds=1)
        await desk.courier.drain(LANE)
    desk.platform.publish("desk", thaw(row.post or {}), row.key)
    desk.clock.advance(seconds=121 - seconds)
    await desk.work()
    assert 1 == texts(desk).count(FIRST)
