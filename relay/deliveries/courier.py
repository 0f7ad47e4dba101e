# SPDX-License-Identifier: AGPL-3.0-or-later
"""Drain one lane: settle what finished and claim what is next in one transaction, speak, until nothing is due.

Whoever drains a lane is the only one in it; what somebody else left in hand there is an orphan and is adopted.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import select

from relay.clock import stopwatch
from relay.deliveries.attempt import Outcome, Patience, attempt
from relay.deliveries.claim import Claim, Desk
from relay.deliveries.hand import BATCH, Hand
from relay.deliveries.material import Material
from relay.deliveries.retry import Verdict, doubtful
from relay.deliveries.settle import apply
from relay.faults import Problem
from relay.networks.port import Card, Network
from relay.outside import Outside
from relay.store import due
from relay.store.account import Account
from relay.store.database import Store
from relay.store.ledger import Delivery
from relay.store.strike import Strike
from relay.terms import DELIVERY_GRAPH, SETTLED, Action, DeliveryState, StrikeState, step

RECHECK = 0.5  # seconds a claim may be old before the stop button is looked at again: a stop is obeyed within 1 s


@dataclass(frozen=True)
class _Drain:
    """One drain of a lane. ``holder`` names it in the rows it has in hand, and nobody else, a later drain included."""

    lane: str
    holder: str
    materials: dict[int, Material]
    hand: Hand


Connect = Callable[[Account], Awaitable[Network]]


class Courier:
    """Drains lanes of deliveries."""

    def __init__(
        self,
        store: Store,
        outside: Outside,
        cards: Mapping[str, Card],
        connect: Connect,
        patience: Patience,
    ) -> None:
        self._store, self._outside, self._cards = store, outside, cards
        self._connect, self._patience = connect, patience

    async def drain(self, lane: str) -> datetime | None:
        """Say everything that is due in the lane; returns when it next has work, or None.

        Cancelled, it begins nothing more, waits for what is being said and settles it.
        """
        drain = _Drain(lane, self._outside.ids(), {}, Hand(self._speak))
        work = asyncio.create_task(self._work(drain))
        try:
            await asyncio.shield(work)
        except asyncio.CancelledError:
            drain.hand.close()
            await work
            raise
        async with self._store.read() as tx:
            return await due.next_due(tx, lane)

    async def _work(self, drain: _Drain) -> None:
        await self._adopt(drain)
        try:
            while True:
                drain.hand.give(await self._turn(drain))
                if drain.hand.empty:
                    return
                await drain.hand.news()
        finally:
            await drain.hand.finish()  # whatever failed, nothing is being said any more when we leave the lane

    async def _turn(self, drain: _Drain) -> Sequence[Claim]:
        hand, now = drain.hand, self._outside.clock.now()
        outcomes, claims = hand.finished(), list[Claim]()
        async with self._store.write() as tx:
            await apply(tx, outcomes, drain.holder, now)
            if not hand.closed:
                chosen = hand.choose(await due.claimable(tx, drain.lane, now, hand.busy(), BATCH))
                desk = Desk(tx, self._cards, drain.holder, now, drain.materials)
                claims = await desk.take(await due.work(tx, chosen)) if chosen else []
        hand.forget(outcomes)
        return claims

    async def _speak(self, claim: Claim) -> Outcome:
        if stopwatch() - claim.taken > RECHECK and not await self._still_wanted(claim):
            return Outcome(claim, Verdict(DeliveryState.WITHDRAWN, "stopped"))
        try:
            network = await self._connect(claim.account)
        except Problem as problem:  # its credentials do not open: nothing was said, and a person has to mend it
            verdict = Verdict(claim.waiting, "unauthorised", self._outside.clock.now(), pause=True)
            return Outcome(claim, verdict, memo=str(problem))
        return await attempt(claim, network, self._outside, self._patience)

    async def _still_wanted(self, claim: Claim) -> bool:
        if claim.looks or claim.action == Action.UNPIN:
            return True
        async with self._store.read() as tx:
            query = select(Strike.state).join(Delivery).where(Delivery.id == claim.id)
            return (await tx.exec(query)).first() == StrikeState.RUNNING

    async def _adopt(self, drain: _Drain) -> None:
        """What a dead process left in hand may be out there: look, repeat or ask, as the network allows."""
        now, settle = self._outside.clock.now(), timedelta(seconds=self._patience.settle)
        async with self._store.read() as tx:
            if not await due.orphans(tx, drain.lane, drain.holder):
                return
        async with self._store.write() as tx:
            for row, account in await due.orphans(tx, drain.lane, drain.holder):
                can = self._cards[account.network].capabilities
                verdict = doubtful(row.tries, now, self._outside.rng, can, settle)
                row.state = step(
                    DELIVERY_GRAPH, row.state, verdict.state if row.action == Action.PUBLISH else DeliveryState.PENDING
                )
                row.due_at, row.reason, row.holder = verdict.due_at or now, "adopted", ""
                row.settled_at = now if row.state in SETTLED else None
                tx.add(row)
