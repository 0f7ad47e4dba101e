# SPDX-License-Identifier: AGPL-3.0-or-later
"""Seats: one open adapter an account, its secrets sealed, its renewals kept."""

import pytest
from desk import Desk

from relay.store import account as accounts
from relay.store.columns import saved


async def test_a_renewed_session_is_kept_and_opens_nothing_anew(desk: Desk) -> None:
    """Claims in hand still carry the older secrets: the adapter that renewed them goes on."""
    row = await desk.account()
    network = await desk.seats.connect(row)
    await network.keep({"handle": "desk", "token": "renewed"})  # type: ignore[attr-defined]
    async with desk.store.read() as tx:
        current = await accounts.find(desk.newsroom, tx, saved(row.id))
    assert current is not None
    assert current.sealed != row.sealed
    assert await desk.seats.connect(row) is network
    assert await desk.seats.connect(current) is network


async def test_an_account_connected_again_gets_a_new_adapter(desk: Desk) -> None:
    row = await desk.account()
    before = await desk.seats.connect(row)
    again = await desk.account()
    after = await desk.seats.connect(again)
    assert after is not before
    assert before.closed  # type: ignore[attr-defined]


@pytest.mark.parametrize("address", ["sqlite"], indirect=True)
async def test_no_secret_lies_open_in_the_database(desk: Desk) -> None:
    await desk.account()
    async with desk.store.write():
        pass
    for path in desk.store.path.parent.iterdir():
        assert b"secret-of-desk" not in path.read_bytes()
