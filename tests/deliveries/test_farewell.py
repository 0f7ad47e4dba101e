# SPDX-License-Identifier: AGPL-3.0-or-later
"""An account is forgotten: its access given back, its seal gone, nothing left waiting; and it may come back."""

import pytest
from desk import NINE, NINETEEN, Desk

from relay.deliveries.farewell import Farewell, forget
from relay.faults import NetworkFault, Refused, Unreachable, Unusable
from relay.i18n import say
from relay.store import account as accounts
from relay.store import strike as strikes
from relay.store.account import Account
from relay.store.columns import saved
from relay.terms import AccountState, Action, DeliveryState


async def let_go(desk: Desk, account: Account) -> Farewell:
    return await forget(desk.seats, desk.store, account, desk.clock.now())


async def kept(desk: Desk, account: Account) -> Account:
    async with desk.store.read() as tx:
        row = await accounts.find(desk.newsroom, tx, saved(account.id))
    assert row is not None
    return row


async def opened(desk: Desk) -> Account:
    """A strike on, its start notice out and pinned; the end notice and the taking off of the pin wait."""
    account = await desk.account()
    await desk.strike(account)
    desk.clock.move_to(NINE)
    await desk.work()
    await desk.work()
    return account


async def test_the_access_is_given_back_and_our_copy_erased(desk: Desk) -> None:
    account = await desk.account()
    assert Farewell(0, False, True, None, not desk.store.shared) == await let_go(desk, account)
    row = await kept(desk, account)
    assert (AccountState.PAUSED, "forgotten", b"") == (row.state, row.reason, row.sealed)
    assert {"desk"} == desk.platform.revoked


@pytest.mark.parametrize("fault", [Refused(say("No.")), Unreachable(say("No answer."))])
async def test_a_network_that_says_no_keeps_nobody(desk: Desk, fault: NetworkFault) -> None:
    """What it said is told, and our copy is erased all the same."""
    account = await desk.account()
    desk.platform.script(fault)
    assert Farewell(0, False, False, fault, not desk.store.shared) == await let_go(desk, account)
    assert (await kept(desk, account)).forgotten


async def test_a_seal_that_does_not_open_keeps_nobody(desk: Desk) -> None:
    """The key was lost: nothing can be given back, and nothing is left to give."""
    account = await desk.account()
    async with desk.store.write() as tx:
        (await tx.get_one(Account, account.id)).sealed = b"sealed with another key"
    done = await let_go(desk, account)
    assert (False, True) == (done.revoked, isinstance(done.trouble, Unusable))
    assert (await kept(desk, account)).forgotten


async def test_what_waits_is_withdrawn_and_what_is_out_stays(desk: Desk) -> None:
    """The taking off of the pin too, since nobody can do it any more."""
    done = await let_go(desk, await opened(desk))
    assert (1, True) == (done.withdrawn, done.pinned)  # the end notice; the start notice stays on top
    states = {(row.action, row.state, row.reason) for row in await desk.deliveries()}
    assert {
        (Action.PUBLISH, DeliveryState.SENT, ""),
        (Action.PIN, DeliveryState.SENT, ""),
        (Action.PUBLISH, DeliveryState.WITHDRAWN, "forgotten"),
        (Action.UNPIN, DeliveryState.WITHDRAWN, "forgotten"),
    } == states
    assert 1 == len(desk.platform.public())


async def test_an_unpin_that_comes_to_wait_later_is_settled_too(desk: Desk) -> None:
    """The relay at work had the start notice in hand while the account was forgotten."""
    account = await opened(desk)
    await let_go(desk, account)
    async with desk.store.write() as tx:
        (await tx.get_one(Account, account.id)).state = AccountState.CONNECTED  # as if nothing had been claimed yet
        row = next(row for row in await desk.deliveries() if row.action == Action.UNPIN)
        row.state, row.settled_at, row.reason = DeliveryState.PENDING, None, ""
        await tx.merge(row)
    desk.clock.move_to(NINETEEN)
    await desk.work()
    last = next(row for row in await desk.deliveries() if row.action == Action.UNPIN)
    assert (DeliveryState.WITHDRAWN, "forgotten") == (last.state, last.reason)


async def test_a_session_renewed_meanwhile_is_not_kept(desk: Desk) -> None:
    """The relay at work still holds the adapter that was open."""
    account = await desk.account()
    network = await desk.seats.connect(account)
    await let_go(desk, account)
    await network.keep({"handle": "desk", "token": "renewed"})  # type: ignore[attr-defined]
    assert (await kept(desk, account)).forgotten


async def test_a_strike_goes_on_without_it(desk: Desk) -> None:
    """Articles are answered by the other accounts alone."""
    gone, there = await desk.account("gone"), await desk.account("there")
    await desk.strike(gone, there)
    await let_go(desk, gone)
    desk.clock.move_to(NINE)
    await desk.work()
    await desk.see("Un")
    await desk.work()
    assert {there.id} == {row.account_id for row in await desk.deliveries()}


async def test_it_can_be_forgotten_twice_and_connected_again(desk: Desk) -> None:
    account = await desk.account()
    await desk.strike(account)
    await let_go(desk, account)
    assert Farewell(0, False, False, None, not desk.store.shared) == await let_go(desk, account)
    again = await desk.account()
    assert (account.id, AccountState.CONNECTED, "") == (again.id, again.state, again.reason)
    async with desk.store.read() as tx:
        assert [account.id] == [row.id for row in await strikes.targets(desk.newsroom, tx, 1)]
