# SPDX-License-Identifier: AGPL-3.0-or-later
"""A slow server may still be carrying out what it never answered: the relay waits before it looks."""

from dataclasses import replace

import pytest
from desk import FIRST, Desk, open_with_one_article, texts

from relay.networks.port import Receipt


@pytest.mark.parametrize("seconds", [1, 60, 119])
async def test_a_request_carried_out_within_the_settling_time_is_not_said_twice(desk: Desk, seconds: int) -> None:
    desk.platform.honours_key = False
    desk.seats.cards["fake"] = desk.platform.network().card  # type: ignore[index]
    await open_with_one_article(desk)
    desk.platform.script(when="after")
    await desk.work()
    carried_out = desk.platform.said.pop()
    for _ in range(seconds):
        desk.clock.advance(seconds=1)
        await desk.courier.drain("net/fake/fake.example")
    desk.platform.said.append(replace(carried_out, receipt=Receipt("late", "https://fake.example/late")))
    desk.clock.advance(seconds=121 - seconds)
    await desk.work()
    assert 1 == texts(desk).count(FIRST)
