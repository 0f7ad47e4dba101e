# SPDX-License-Identifier: AGPL-3.0-or-later
"""Drain one lane: settle what finished and claim what is next in one transaction, speak, until nothing is due.

Whoever drains a lane is the only one in it; what somebody else left in hand there is an orphan and is adopted.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta

from sqlmodel import select

from relay.clock import stopwatch
from relay.deliveries.attempt import Outcome, Patience, attempt
from relay.deliveries.claim import Claim, Desk
from relay.deliveries.hand import BATCH, Hand
from relay.deliveries.retry import Verdict, doubtful
from relay.deliveries.settle import apply
from relay.networks.port import Card, Network
from relay.outside import Outside
from relay.store import due
from relay.store.account import Account
from relay.store.database import Store
from relay.store.ledger import Delivery
from relay.store.strike import Strike
from relay.terms import DELIVERY_GRAPH, Action, DeliveryState, StrikeState, step

RECHECK = 0.5  # seconds a claim may be old before the stop button is looked at again: a stop is obeyed within 1 s

Connect = Callable[[Account], Awaitable[Network]]


class Courier:
    """Drains lanes of deliveries. ``holder`` names this process in the rows it has in hand."""

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
        self._holder = outside.ids()

    async def drain(self, lane: str) -> datetime | None:
        """Say everything that is due in the lane; returns when it next has work, or None.

        Cancelled, it begins nothing more, waits for what is being said and settles it.
        """
        hand = Hand(self._speak)
        work = asyncio.create_task(self._work(lane, hand))
        try:
            await asyncio.shield(work)
        except asyncio.CancelledError:
            hand.close()
            await work
            raise
        async with self._store.read() as tx:
            return await due.next_due(tx, lane)

    async def _work(self, lane: str, hand: Hand) -> None:
        await self._adopt(lane)
        while True:
            hand.give(await self._turn(lane, hand))
            if hand.empty:
                return
            await hand.news()

    async def _turn(self, lane: str, hand: Hand) -> Sequence[Claim]:
        now = self._outside.clock.now()
        async with self._store.write() as tx:
            await apply(tx, hand.take(), self._holder, now)
            if hand.closed:
                return []
            chosen = hand.choose(await due.claimable(tx, lane, now, hand.busy(), BATCH))
            desk = Desk(tx, self._cards, self._holder, now)
            taken = [await desk.take(work) for work in await due.work(tx, chosen)] if chosen else []
        return [claim for claim in taken if claim is not None]

    async def _speak(self, claim: Claim) -> Outcome:
        if stopwatch() - claim.taken > RECHECK and not await self._still_wanted(claim):
            return Outcome(claim, Verdict(DeliveryState.WITHDRAWN, "stopped"))
        return await attempt(claim, await self._connect(claim.account), self._outside, self._patience)

    async def _still_wanted(self, claim: Claim) -> bool:
        if claim.looks or claim.action == Action.UNPIN:
            return True
        async with self._store.read() as tx:
            query = select(Strike.state).join(Delivery).where(Delivery.id == claim.id, Delivery.holder == self._holder)
            return (await tx.exec(query)).first() == StrikeState.RUNNING

    async def _adopt(self, lane: str) -> None:
        """What a dead process left in hand may be out there: look, repeat or ask, as the network allows."""
        now, settle = self._outside.clock.now(), timedelta(seconds=self._patience.settle)
        async with self._store.read() as tx:
            if not await due.orphans(tx, lane, self._holder):
                return
        async with self._store.write() as tx:
            for row, account in await due.orphans(tx, lane, self._holder):
                can = self._cards[account.network].capabilities
                verdict = doubtful(row.tries, now, self._outside.rng, can, settle)
                state = verdict.state if row.action == Action.PUBLISH else DeliveryState.PENDING
                row.state = DeliveryState(step(DELIVERY_GRAPH, row.state, state))
                row.due_at, row.reason, row.holder = verdict.due_at or now, "adopted", ""
                tx.add(row)
