# SPDX-License-Identifier: AGPL-3.0-or-later
"""Ask a network anew who an account is, and write down what it says: what it allows, or that it lets us in no more."""

from dataclasses import asdict
from datetime import datetime

from relay.deliveries.seats import Seats
from relay.faults import Held, Unauthorised
from relay.networks.port import Identity
from relay.store import account as accounts
from relay.store import locks
from relay.store.account import Account
from relay.store.columns import saved
from relay.store.database import Store
from relay.terms import AccountState


async def recheck(seats: Seats, store: Store, row: Account, now: datetime) -> Identity:
    """Who the account is now. A paused account that is let in again is connected again.

    Raises the network's fault; one that a person has to mend pauses the account.
    """
    try:
        who = await (await seats.connect(row)).verify()
    except (Unauthorised, Held) as fault:
        await _note(store, row, AccountState.PAUSED, str(fault))
        raise
    await _note(store, row, AccountState.CONNECTED, "", who, now)
    return who


async def _note(
    store: Store,
    row: Account,
    state: AccountState,
    reason: str,
    who: Identity | None = None,
    now: datetime | None = None,
) -> None:
    async with store.write() as tx:
        await locks.accounts(tx, [saved(row.id)])
        current = await accounts.find(row.newsroom_id, tx, saved(row.id))
        if current is None or current.sealed != row.sealed:
            return  # connected anew meanwhile: what was asked with the old credentials says nothing
        current.state, current.reason = state, reason
        if who is not None and now is not None:
            current.handle, current.url, current.bot, current.verified_at = who.handle, who.url, who.bot, now
            current.limits = asdict(who.limits) if who.limits else current.limits
        tx.add(current)
