# SPDX-License-Identifier: AGPL-3.0-or-later
"""After a doubt, look again later: a slow server may have carried out a request that everybody had given up.

A sweep is a row of the ledger like any other, so it survives a crash and keeps the host's pace. Of twins the oldest
stays, since people may have answered it, and the younger are taken back.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlmodel.ext.asyncio.session import AsyncSession

from relay.deliveries.beside import beside, siblings
from relay.networks.port import Capabilities, Receipt
from relay.store.ledger import Delivery
from relay.terms import DELIVERY_GRAPH, Action, DeliveryState, step

ROUNDS = (timedelta(minutes=5), timedelta(minutes=15), timedelta(minutes=60))  # after the doubt
ON_ITS_WAY = frozenset({DeliveryState.PENDING, DeliveryState.SENDING, DeliveryState.UNSURE})


def worthwhile(can: Capabilities) -> bool:
    """Whether a network lets us find what it carried out after we had given it up."""
    return can.reads_back


def next_round(doubted_at: datetime, now: datetime) -> datetime | None:
    """When to look again, or None after the last round."""
    return next((doubted_at + after for after in ROUNDS if doubted_at + after > now), None)


async def plan(tx: AsyncSession, row: Delivery, now: datetime) -> None:
    """Look for twins of a delivery that is in doubt since ``now``; an earlier plan begins anew."""
    known = (await siblings(tx, row)).get(Action.SWEEP)
    _begin(tx, known or beside(row, Action.SWEEP, now), now)


async def renew(tx: AsyncSession, deliveries: Sequence[int], now: datetime) -> None:
    """What was said again after a doubt is doubtful anew: its sweeps begin again."""
    for number in deliveries:
        known = (await siblings(tx, await tx.get_one(Delivery, number))).get(Action.SWEEP)
        if known is not None:
            _begin(tx, known, now)


def _begin(tx: AsyncSession, sweep: Delivery, now: datetime) -> None:
    if sweep.state == DeliveryState.SENDING:
        return  # being looked for this moment: its own next round comes
    sweep.state, sweep.settled_at, sweep.tries = DeliveryState.PENDING, None, 0
    sweep.first_try_at, sweep.due_at = now, now + ROUNDS[0]
    tx.add(sweep)


async def conclude(tx: AsyncSession, sweep: int, standing: Sequence[Receipt], now: datetime) -> None:
    """Write into the delivery what a sweep found standing: it was said after all, or under another address."""
    said = (await siblings(tx, await tx.get_one(Delivery, sweep)))[Action.PUBLISH]
    if not standing or said.state in ON_ITS_WAY:
        return  # on its way: it looks for itself
    kept = standing[0]
    if said.state != DeliveryState.SENT:
        said.state = step(DELIVERY_GRAPH, said.state, DeliveryState.SENT)
        said.reason, said.settled_at = "found", now
    said.remote_id, said.remote_url, said.revision = kept.id, kept.url, kept.revision
    tx.add(said)
