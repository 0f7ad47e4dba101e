# SPDX-License-Identifier: AGPL-3.0-or-later
"""The relay dies in the middle of a post and is started again: what it had in hand is settled, and said once."""

from datetime import timedelta

import pytest
from desk import NINE
from world import World

from relay.store import ledger
from relay.terms import Action, DeliveryState


async def leave_in_hand(world: World, *, said: bool) -> None:
    """As a crash leaves it: the last article's rows are being sent, and the posts are there, or not."""
    async with world.house.store.write() as tx:
        for row, notice, _ in await ledger.of_strike(world.newsroom, tx, 1):
            if notice.article_id is not None:
                row.state, row.holder, row.settled_at = DeliveryState.SENDING, "a dead process", None
                row.remote_id = row.remote_url = ""
    if not said:
        world.platform.said = [each for each in world.platform.said if "«" not in each.post.text]


@pytest.mark.parametrize("said", [True, False])
async def test_what_was_in_hand_at_a_crash_is_said_exactly_once(world: World, said: bool) -> None:
    """Nothing new has to happen for it: the restarted relay finds its orphans by itself."""
    await world.strike()
    await world.wait_until(NINE + timedelta(minutes=1))
    world.press.publish("Un")
    await world.until(NINE + timedelta(minutes=4))
    assert [world.answers("Un", account) for account in ("desk", "union")] == [1, 1]
    await leave_in_hand(world, said=said)
    await world.until(NINE + timedelta(minutes=9))
    assert [world.answers("Un", account) for account in ("desk", "union")] == [1, 1]
    async with world.house.store.read() as tx:
        rows = await ledger.of_strike(world.newsroom, tx, 1)
    said_rows = [row for row, notice, _ in rows if notice.article_id and row.action == Action.PUBLISH]
    assert {row.state for row in said_rows} == {DeliveryState.SENT}
