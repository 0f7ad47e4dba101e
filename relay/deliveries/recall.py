# SPDX-License-Identifier: AGPL-3.0-or-later
"""Recall a strike: what was posted is deleted again, as fast as each network lets us."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count

from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from relay.deliveries.beside import RANK, beside, siblings
from relay.networks.port import Card, Pace
from relay.store.account import Account
from relay.store.columns import saved
from relay.store.fanout import standing, take_back
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
    posts, until = 0, now
    for name, card in cards.items():
        if not card.capabilities.deletes:
            continue
        for due, most in portions(card.capabilities.withdrawals, now):
            made = await take_back(strike.newsroom_id, tx, saved(strike.id), name, RANK[Action.WITHDRAW], due, most)
            if not made:
                break
            posts, until = posts + made, max(until, due)
    left = select(func.count()).select_from(Delivery).where(*standing(strike.newsroom_id, saved(strike.id)))
    return Recall(posts, until, (await tx.exec(left)).one())


def portions(pace: Pace | None, now: datetime) -> Iterator[tuple[datetime, int | None]]:
    """When how many of an account's requests may begin: as many as the network allows, then the next as many."""
    if pace is None:
        yield now, None
        return
    for number in count():
        yield now + timedelta(seconds=pace.seconds) * number, pace.most


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
