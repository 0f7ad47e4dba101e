# SPDX-License-Identifier: AGPL-3.0-or-later
"""A token dies at the march: the strikers hear of it, once, and hear once that it is over."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from aiohttp import web
from desk import NINE
from world import World

from relay.store import account
from relay.store.columns import saved
from relay.terms import AccountState


@pytest.fixture
async def phone() -> AsyncIterator[tuple[str, list[str]]]:
    """An ntfy server's address, and what it shows."""
    shown: list[str] = []

    async def take(request: web.Request) -> web.Response:
        shown.append((await request.json())["message"])
        return web.json_response({})

    app = web.Application()
    app.router.add_post("/", take)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"ntfy://127.0.0.1:{runner.addresses[0][1]}/strikers", shown
    await runner.cleanup()


async def mark(world: World, state: AccountState) -> None:
    """The first account's token dies, or is given anew."""
    async with world.house.store.write() as tx:
        row = await account.find(world.newsroom, tx, saved(world.accounts[0].id))
        assert row is not None
        row.state = state
        tx.add(row)


async def test_a_dead_token_reaches_the_phone_within_a_minute(world: World, phone: tuple[str, list[str]]) -> None:
    """Through the whole house and a real herald; and once more when it is over."""
    address, shown = phone
    await world.house.channels.add(world.newsroom, address)
    await world.strike()
    await world.wait_until(NINE)
    assert [] == shown
    await mark(world, AccountState.PAUSED)
    await world.until(NINE + timedelta(minutes=1))
    assert ["! @desk (fake)"] == [each[:14] for each in shown]
    await mark(world, AccountState.CONNECTED)
    await world.until(NINE + timedelta(minutes=6))
    assert ["! @desk (fake)", "✓ @desk (fake)"] == [each[:14] for each in shown]
