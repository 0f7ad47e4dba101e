# SPDX-License-Identifier: AGPL-3.0-or-later
"""Asking a network anew who an account is: what it says is written down, and nothing else changes."""

import pytest
from desk import Desk

from relay.deliveries.recheck import recheck
from relay.faults import NetworkFault, Unauthorised, Unreachable
from relay.i18n import say
from relay.store import account as accounts
from relay.store.account import Account
from relay.store.columns import saved
from relay.terms import AccountState


async def state_of(desk: Desk, account: Account) -> AccountState:
    async with desk.store.read() as tx:
        row = await accounts.find(desk.newsroom, tx, saved(account.id))
    assert row is not None
    return row.state


async def test_an_account_that_is_let_in_is_connected_again(desk: Desk) -> None:
    """Whoever mended it at the network need not connect it anew."""
    account = await desk.account()
    async with desk.store.write() as tx:
        row = await accounts.find(desk.newsroom, tx, saved(account.id))
        assert row is not None
        row.state, row.reason = AccountState.PAUSED, "held"
        tx.add(row)
    who = await recheck(desk.seats, desk.store, account, desk.clock.now())
    assert ("@desk", AccountState.CONNECTED) == (who.handle, await state_of(desk, account))


@pytest.mark.parametrize(
    ("fault", "state"),
    [(Unauthorised(say("Gone.")), AccountState.PAUSED), (Unreachable(say("No answer.")), AccountState.CONNECTED)],
)
async def test_only_what_a_person_has_to_mend_pauses_it(
    desk: Desk, fault: NetworkFault, state: AccountState, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A network that does not answer tonight says nothing about the token."""
    account = await desk.account()
    network = await desk.seats.connect(account)

    async def refuse() -> None:
        raise fault

    monkeypatch.setattr(network, "verify", refuse)
    with pytest.raises(type(fault)):
        await recheck(desk.seats, desk.store, account, desk.clock.now())
    assert state == await state_of(desk, account)
