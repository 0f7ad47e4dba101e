# SPDX-License-Identifier: AGPL-3.0-or-later
"""Bring a ledger back from a backup, so that nothing is said before every account was read back."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from relay.i18n import say
from relay.store import instance
from relay.store import reconcile as reconciling
from relay.store.account import Account
from relay.store.article import Article
from relay.store.feed import Feed
from relay.store.ledger import Delivery, Notice
from relay.store.newsroom import Newsroom
from relay.store.strike import Strike
from relay.terms import AccountState, StrikeState

MARGIN = timedelta(minutes=10)  # what the networks' clocks may be apart from ours


@dataclass(frozen=True)
class Restored:
    """``since``: what the backup knows nothing of begins here. ``accounts`` are read back first, then ``strikes`` go
    on as the backup has them.
    """

    since: datetime
    accounts: list[Account]
    strikes: list[Strike]


async def mark(tx: AsyncSession, now: datetime, settle: timedelta) -> Restored:
    """Write into a ledger that was just brought back that it was.

    No account is asked before ``settle`` has passed: what left right before the end may still be carried out.
    """
    known = await instance.find(tx)
    since = (known.seen_at if known else await _last_moment(tx, now)) - MARGIN
    row = await instance.get(tx, now)
    row.restored_at = now
    tx.add(row)
    accounts = list((await tx.exec(select(Account).where(Account.sealed != b"").order_by(col(Account.id)))).all())
    for account in accounts:
        account.reconcile_since = min(since, account.reconcile_since or since)
        account.rest_until = max(now + settle, account.rest_until or now)
        tx.add(account)
    await tx.flush()
    in_force = col(Strike.state).in_([StrikeState.ARMED, StrikeState.RUNNING])
    strikes = list((await tx.exec(select(Strike).where(in_force).order_by(col(Strike.id)))).all())
    return Restored(since, await reconciling.awaited(tx), strikes)


async def go_on(tx: AsyncSession) -> list[Account]:
    """Wait no longer for accounts that cannot be read back: they are paused, the others go on. Returns the paused."""
    waited_for = await reconciling.awaited(tx)
    for account in waited_for:
        account.state = AccountState.PAUSED
        account.reason = str(say("after the restore it could not be read back: run “piquet account check”"))
        tx.add(account)
    return waited_for


async def _last_moment(tx: AsyncSession, now: datetime) -> datetime:
    """The latest moment in a ledger that an older Piquet has kept."""
    columns = (Delivery.settled_at, Notice.made_at, Article.seen_at, Feed.looked_at, Newsroom.made_at)
    found = [(await tx.exec(select(func.max(column)))).one() for column in columns]
    return max((moment for moment in found if moment is not None), default=now)
