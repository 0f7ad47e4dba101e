# SPDX-License-Identifier: AGPL-3.0-or-later
"""Recall a strike: what was posted is deleted again, as fast as each network lets us."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from relay.deliveries.beside import beside, siblings
from relay.networks.port import Card, Pace
from relay.store.account import Account
from relay.store.ledger import Delivery
from relay.store.strike import Strike
from relay.terms import DELIVERY_GRAPH, Action, DeliveryState, step

RECALLED = "recalled"


@dataclass(frozen=True)
class Recall:
    """``posts`` are going to be deleted, the last of them at ``until``; ``staying`` stand on networks that delete
    nothing, or on accounts that were forgotten.
    """

    posts: int
    until: datetime
    staying: int


async def recall(tx: AsyncSession, strike: Strike, cards: Mapping[str, Card], now: datetime) -> Recall:
    """Plan the deletion of everything a strike has posted, in the transaction that stops it."""
    strike.recalled_at = strike.recalled_at or now
    tx.add(strike)
    by_account: dict[int, list[Delivery]] = defaultdict(list)
    paces: dict[int, Pace | None] = {}
    staying, until = 0, now
    for row, account in await _standing(tx, strike):
        can = cards[account.network].capabilities
        if account.forgotten or not row.remote_id or not can.deletes:
            staying += 1
        else:
            by_account[row.account_id].append(row)
            paces[row.account_id] = can.withdrawals
    for number, rows in by_account.items():
        for row, due in zip(rows, paced(len(rows), paces[number], now), strict=True):
            tx.add(beside(row, Action.WITHDRAW, due))
            until = max(until, due)
    return Recall(sum(map(len, by_account.values())), until, staying)


def paced(count: int, pace: Pace | None, now: datetime) -> Sequence[datetime]:
    """When each of ``count`` requests may begin: as many as the network allows at once, then the next as many."""
    if pace is None:
        return [now] * count
    return [now + timedelta(seconds=pace.seconds) * (number // pace.most) for number in range(count)]


async def overtaken(tx: AsyncSession, sent: Sequence[int], cards: Mapping[str, Card], now: datetime) -> None:
    """Take back what turned out to be posted while its strike was being recalled."""
    if not sent:
        return
    query = select(Delivery, Account).join(Strike, col(Delivery.strike_id) == col(Strike.id))
    query = query.join(Account, col(Delivery.account_id) == col(Account.id)).where(col(Delivery.id).in_(sent))
    for row, account in (await tx.exec(query.where(col(Strike.recalled_at).is_not(None)))).all():
        if row.state == DeliveryState.SENT and cards[account.network].capabilities.deletes:
            await _again(tx, row, now)


async def done(tx: AsyncSession, withdrawn: int, now: datetime) -> None:
    """A deletion is through: what it deleted counts as withdrawn."""
    said = (await siblings(tx, await tx.get_one(Delivery, withdrawn)))[Action.PUBLISH]
    if said.state == DeliveryState.SENT:
        said.state = step(DELIVERY_GRAPH, said.state, DeliveryState.WITHDRAWN)
        said.reason, said.settled_at = RECALLED, now
        tx.add(said)


async def _again(tx: AsyncSession, row: Delivery, now: datetime) -> None:
    known = (await siblings(tx, row)).get(Action.WITHDRAW)
    if known is None:
        tx.add(beside(row, Action.WITHDRAW, now))
    elif known.state not in (DeliveryState.PENDING, DeliveryState.SENDING):
        known.state, known.due_at, known.settled_at = DeliveryState.PENDING, now, None
        tx.add(known)


async def _standing(tx: AsyncSession, strike: Strike) -> Sequence[tuple[Delivery, Account]]:
    """What stands, oldest first, and is not being deleted already."""
    going = select(Delivery.notice_id, Delivery.account_id).where(
        Delivery.strike_id == strike.id, Delivery.action == Action.WITHDRAW
    )
    leaving = set((await tx.exec(going)).all())
    query = select(Delivery, Account).join(Account, col(Delivery.account_id) == col(Account.id))
    query = query.where(Delivery.newsroom_id == strike.newsroom_id, Delivery.strike_id == strike.id)
    query = query.where(Delivery.action == Action.PUBLISH, Delivery.state == DeliveryState.SENT)
    rows = (await tx.exec(query.order_by(col(Delivery.settled_at), col(Delivery.id)))).all()
    return [(row, account) for row, account in rows if (row.notice_id, row.account_id) not in leaving]
