# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the engine asks across all newsrooms: where is there work, and when. Returns rows to no person."""

from datetime import datetime

from sqlmodel import and_, col, func, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from relay.store import locks, looks, pushes, reconcile
from relay.store.account import Account
from relay.store.alert import Channel
from relay.store.ledger import Delivery
from relay.store.newsroom import Newsroom
from relay.store.strike import Slot, Strike
from relay.store.waiting import SPEAKS_AT, WAITING
from relay.terms import AccountState, DeliveryState


async def lanes(tx: AsyncSession) -> dict[str, datetime]:
    """Every lane with deliveries, feeds, pushes or accounts to be read back that wait, and the moment of its first.

    What is being sent counts too: after a crash nobody has it in hand, and draining the lane adopts it.
    """
    speakable = col(Account.state) == AccountState.CONNECTED
    deliveries = (
        select(Delivery.lane, func.min(SPEAKS_AT))
        .join(Account)
        .where(col(Delivery.state).in_([*WAITING, DeliveryState.SENDING]), speakable)
        .group_by(col(Delivery.lane))
    )
    found = dict((await tx.exec(deliveries)).all())
    for lane, moment in (await reconcile.lanes(tx)).items():
        found[lane] = min(moment, found.get(lane, moment))
    found |= await looks.wards(tx)
    for lane, moment in (await pushes.lanes(tx)).items():
        found[lane] = min(moment, found.get(lane, moment))
    return found


async def watched(tx: AsyncSession) -> list[Newsroom]:
    """The newsrooms whose strikers have a channel to be alerted on."""
    return list((await tx.exec(select(Newsroom).where(col(Newsroom.id).in_(select(Channel.newsroom_id))))).all())


async def overdue(tx: AsyncSession, now: datetime) -> int:
    """Settle as expired whatever did not leave before its ``not_after``, on paused accounts too; returns how many."""
    late = and_(col(Delivery.not_after).is_not(None), col(Delivery.not_after) <= now)
    query = (
        update(Delivery)
        .where(col(Delivery.state) == DeliveryState.PENDING, late)
        .values(state=DeliveryState.EXPIRED, settled_at=now, reason="late")
    )
    return int((await tx.exec(query)).rowcount)


async def forsaken(tx: AsyncSession, now: datetime) -> int:
    """Settle as withdrawn whatever waits on a forgotten account, since nobody can say it; returns how many."""
    forgotten = select(Account.id).where(Account.sealed == b"")
    query = (
        update(Delivery)
        .where(col(Delivery.state).in_(WAITING), col(Delivery.account_id).in_(forgotten))
        .values(state=DeliveryState.WITHDRAWN, settled_at=now, reason="forgotten", holder="")
    )
    return int((await tx.exec(query)).rowcount)


async def strikes(tx: AsyncSession, newsroom: int | None = None) -> list[tuple[Strike, Slot]]:
    """Every armed or running strike, or those of one newsroom, with each of its windows; the strikes are locked."""
    numbers = await locks.standing(tx, newsroom)
    query = select(Strike, Slot).join(Slot).where(col(Strike.id).in_(numbers))
    return list((await tx.exec(query.order_by(col(Strike.id), col(Slot.opens)))).all())
