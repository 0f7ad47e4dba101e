# SPDX-License-Identifier: AGPL-3.0-or-later
"""Withdrawal: an account is forgotten. Its access is given back where the network takes it, our copy leaves the disk.

Each step leaves a state from which all of it can be done again.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from relay.deliveries.seats import Seats
from relay.faults import Problem
from relay.store import ledger, locks
from relay.store.account import Account
from relay.store.columns import saved
from relay.store.database import Store
from relay.terms import AccountState, Action

FORGOTTEN = "forgotten"


@dataclass(frozen=True)
class Farewell:
    """What was done. ``withdrawn`` counts notices; ``pinned``: our pin is still on, and we cannot take it off any more.

    ``revoked``: the network took the access back; ``trouble``: why it did not, if it was asked; ``erased``: no old copy
    of the secrets is left in the database's files.
    """

    withdrawn: int
    pinned: bool
    revoked: bool
    trouble: Problem | None
    erased: bool


async def forget(seats: Seats, store: Store, row: Account, now: datetime) -> Farewell:
    """Let an account go, whatever its network says to that."""
    async with store.write() as tx:
        current = await _pause(tx, row)
        current.forgotten_at = current.forgotten_at or now
        withdrawn = await ledger.withdraw_account(row.newsroom_id, tx, saved(row.id), now, FORGOTTEN)
    revoked, trouble = False, None
    try:
        revoked = await seats.revoke(current)
    except Problem as problem:
        trouble = problem
    async with store.write() as tx:
        (await _pause(tx, row)).sealed = b""
    pinned = Action.UNPIN in withdrawn and Action.PIN not in withdrawn
    return Farewell(withdrawn.get(Action.PUBLISH, 0), pinned, revoked, trouble, await store.erase())


async def _pause(tx: AsyncSession, row: Account) -> Account:
    """The account as it stands in this transaction, paused: a relay at work may have renewed its session meanwhile."""
    await locks.accounts(tx, [saved(row.id)])
    current = await tx.get_one(Account, row.id)
    current.state, current.reason, current.rest_until = AccountState.PAUSED, FORGOTTEN, None
    return current
