# SPDX-License-Identifier: AGPL-3.0-or-later
"""After a restore: which accounts have still to be read back, and what must not be said before they were.

The ledger of a backup has forgotten what was said since. So while any account that an armed or running strike speaks
through is still to be read back, nothing is published on any account of the instance. A paused or forgotten account is
not waited for: it speaks to nobody, and is read back when it comes back.
"""

from datetime import datetime

from sqlalchemy.orm import aliased
from sqlmodel import col, exists, func, not_, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from relay.store.account import Account
from relay.store.ledger import Delivery
from relay.store.strike import Strike, Target
from relay.terms import AccountState, Action, DeliveryState, StrikeState

_Unread = aliased(Account)
_IN_FORCE = (StrikeState.ARMED, StrikeState.RUNNING)
_AWAITED = (
    exists()
    .where(col(_Unread.reconcile_since).is_not(None), col(_Unread.state) == AccountState.CONNECTED)
    .where(col(Target.account_id) == _Unread.id, col(Strike.id) == Target.strike_id)
    .where(col(Strike.state).in_(_IN_FORCE))
)
SPEAKABLE = or_(col(Delivery.action) != Action.PUBLISH, col(Delivery.state) == DeliveryState.UNSURE, not_(_AWAITED))


def _unread(now: datetime | None = None) -> tuple[object, ...]:
    """The accounts that are waited for; with ``now``, only those that need not rest."""
    in_force = select(Target.account_id).join(Strike).where(col(Strike.state).in_(_IN_FORCE))
    rested = () if now is None else (or_(col(Account.rest_until).is_(None), col(Account.rest_until) <= now),)
    connected = Account.state == AccountState.CONNECTED
    return (col(Account.reconcile_since).is_not(None), connected, col(Account.id).in_(in_force), *rested)


async def awaited(tx: AsyncSession) -> list[Account]:
    """The accounts that everything waits for, longest first."""
    query = select(Account).where(*_unread()).order_by(col(Account.reconcile_since), col(Account.id))  # type: ignore[arg-type]
    return list((await tx.exec(query)).all())


async def of_lane(tx: AsyncSession, lane: str, now: datetime) -> list[Account]:
    """Those of a lane that may be asked now."""
    query = select(Account).where(Account.lane == lane, *_unread(now)).order_by(col(Account.id))  # type: ignore[arg-type]
    return list((await tx.exec(query)).all())


async def lanes(tx: AsyncSession) -> dict[str, datetime]:
    """Every lane with accounts to be read back, and when the first of them may be asked."""
    moment = func.min(func.coalesce(Account.rest_until, Account.reconcile_since))
    query = select(Account.lane, moment).where(*_unread()).group_by(col(Account.lane))  # type: ignore[arg-type]
    return dict((await tx.exec(query)).all())
