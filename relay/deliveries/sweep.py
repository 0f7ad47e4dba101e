# SPDX-License-Identifier: AGPL-3.0-or-later
"""After a doubt, look again later: a slow server may have carried out a request that everybody had given up.

A sweep is a row of the ledger like any other, so it survives a crash and keeps the host's pace. Of twins the oldest
stays, since people may have answered it, and the younger are taken back.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from relay.networks.port import Capabilities, Receipt
from relay.store.columns import saved
from relay.store.ledger import Delivery
from relay.terms import DELIVERY_GRAPH, Action, DeliveryState, step

ROUNDS = (timedelta(minutes=5), timedelta(minutes=15), timedelta(minutes=60))  # after the doubt
RANK_SWEEP = 30
ON_ITS_WAY = frozenset({DeliveryState.PENDING, DeliveryState.SENDING, DeliveryState.UNSURE})


def worthwhile(can: Capabilities) -> bool:
    """Whether a network lets us find what it carried out after we had given it up."""
    return can.reads_back


def next_round(doubted_at: datetime, now: datetime) -> datetime | None:
    """When to look again, or None after the last round."""
    return next((doubted_at + after for after in ROUNDS if doubted_at + after > now), None)


async def plan(tx: AsyncSession, row: Delivery, now: datetime) -> None:
    """Look for twins of a delivery that is in doubt since ``now``; an earlier plan begins anew."""
    known = await _sibling(tx, row, Action.SWEEP)
    sweep = known or Delivery(
        newsroom_id=row.newsroom_id,
        strike_id=row.strike_id,
        notice_id=row.notice_id,
        account_id=row.account_id,
        action=Action.SWEEP,
        lane=row.lane,
        rank=RANK_SWEEP,
        state=DeliveryState.PENDING,
        due_at=now,
    )
    if sweep.state == DeliveryState.SENDING:
        return  # being looked for this moment: its own next round comes
    sweep.state, sweep.settled_at, sweep.tries = DeliveryState.PENDING, None, 0
    sweep.first_try_at, sweep.due_at = now, now + ROUNDS[0]
    tx.add(sweep)


async def conclude(tx: AsyncSession, sweep: int, standing: Sequence[Receipt], now: datetime) -> None:
    """Write into the delivery what a sweep found standing: it was said after all, or under another address."""
    row = await tx.get_one(Delivery, sweep)
    said = await _sibling(tx, row, Action.PUBLISH)
    if said is None or not standing or said.state in ON_ITS_WAY:
        return  # on its way: it looks for itself
    kept = standing[0]
    if said.state != DeliveryState.SENT:
        said.state = step(DELIVERY_GRAPH, said.state, DeliveryState.SENT)
        said.reason, said.settled_at = "found", now
    said.remote_id, said.remote_url, said.revision = kept.id, kept.url, kept.revision
    tx.add(said)


async def _sibling(tx: AsyncSession, row: Delivery, action: Action) -> Delivery | None:
    query = select(Delivery).where(Delivery.notice_id == row.notice_id, Delivery.account_id == row.account_id)
    return (await tx.exec(query.where(Delivery.action == action))).first()


async def renew(tx: AsyncSession, deliveries: Sequence[int], now: datetime) -> None:
    """What was said again after a doubt is doubtful anew: its sweeps begin again."""
    if not deliveries:
        return
    for number in deliveries:
        row = await tx.get_one(Delivery, saved(number))
        if await _sibling(tx, row, Action.SWEEP) is not None:
            await plan(tx, row, now)
