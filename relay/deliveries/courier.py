# SPDX-License-Identifier: AGPL-3.0-or-later
"""Drain one lane: settle what finished and claim what is next in one transaction, speak, until nothing is due.

Whoever drains a lane is the only one in it; what somebody else left in hand there is an orphan and is adopted.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from relay.deliveries import sweep
from relay.deliveries.attempt import Outcome, Patience, attempt
from relay.deliveries.breaker import Breaker
from relay.deliveries.claim import Claim, Desk
from relay.deliveries.hand import BATCH, UNBEGUN, Hand
from relay.deliveries.lastword import LastWord
from relay.deliveries.material import Material
from relay.deliveries.reconcile import Reader, readback
from relay.deliveries.retry import Verdict, doubtful
from relay.deliveries.settle import apply
from relay.faults import Problem
from relay.networks.port import Card, Network
from relay.outside import Outside
from relay.store import due
from relay.store.account import Account
from relay.store.database import Store
from relay.terms import DELIVERY_GRAPH, SETTLED, Action, DeliveryState, step


@dataclass(frozen=True)
class _Drain:
    """One drain of a lane. ``holder`` names it in the rows it has in hand, and nobody else, a later drain included."""

    lane: str
    holder: str
    materials: dict[int, Material]
    hand: Hand
    restored_at: datetime | None


Connect = Callable[[Account], Awaitable[Network]]


class Courier:
    """Drains lanes of deliveries. While the clock is ``held`` nothing is claimed, and what was not begun goes back."""

    def __init__(
        self,
        store: Store,
        outside: Outside,
        cards: Mapping[str, Card],
        connect: Connect,
        patience: Patience,
        held: Callable[[], bool] = lambda: False,
    ) -> None:
        self._store, self._outside, self._cards = store, outside, cards
        self._connect, self._patience, self._held = connect, patience, held
        self._breakers: dict[str, Breaker] = {}  # by lane; who drains it next elsewhere learns anew

    async def drain(self, lane: str) -> datetime | None:
        """Say everything that is due in the lane; returns when it next has work, or None.

        Cancelled, it begins nothing more, waits for what is being said and settles it.
        """
        reader = Reader(self._store, self._outside.clock, self._cards, self._connect)
        restored_at = await readback(reader, lane)  # may take minutes; cancelled, it is begun again
        drain = _Drain(lane, self._outside.ids(), {}, Hand(self._speak), restored_at)
        work = asyncio.create_task(self._work(drain))
        try:
            await asyncio.shield(work)
        except asyncio.CancelledError:
            drain.hand.close()
            await work
            raise
        async with self._store.read() as tx:
            following = await due.next_due(tx, lane)
        rest = self._breaker(lane).rest_until
        return max(following, rest) if following and rest else following

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
        breaker = self._breakers[drain.lane] = self._breaker(drain.lane).after(_failed(outcomes), now)
        if breaker.rest_until is not None:
            hand.rest()
        most = 0 if hand.closed or self._held() or (breaker.rest_until and not hand.idle) else breaker.room(now, BATCH)
        async with self._store.write() as tx:
            await apply(tx, outcomes, drain.holder, now, self._cards)
            if most:
                chosen = hand.choose(await due.claimable(tx, drain.lane, now, hand.busy(), most, drain.holder))
                desk = Desk(tx, self._cards, drain.holder, self._outside.clock, drain.materials, drain.restored_at)
                claims = await desk.take(await due.work(tx, chosen)) if chosen else []
        hand.forget(outcomes)
        return claims

    async def _speak(self, claim: Claim) -> Outcome:
        if self._held():
            return Outcome(claim, Verdict(claim.waiting, UNBEGUN))
        try:
            network = await self._connect(claim.account)
        except Problem as problem:  # its credentials do not open: nothing was said, and a person has to mend it
            verdict = Verdict(claim.waiting, "unauthorised", self._outside.clock.now(), pause=True)
            return Outcome(claim, verdict, memo=str(problem))
        still = LastWord(self._store, self._outside.clock, claim)
        return await attempt(claim, network, self._outside, self._patience, still)

    def _breaker(self, lane: str) -> Breaker:
        return self._breakers.get(lane, Breaker())

    async def _adopt(self, drain: _Drain) -> None:
        """What a dead process left in hand may be out there: look, repeat or ask, as the network allows."""
        now, settle = self._outside.clock.now(), timedelta(seconds=self._patience.settle)
        async with self._store.read() as tx:
            if not await due.orphans(tx, drain.lane, drain.holder):
                return
        async with self._store.write() as tx:
            for row, account in await due.orphans(tx, drain.lane, drain.holder, locked=True):
                can = self._cards[account.network].capabilities
                verdict = doubtful(row.tries, now, self._outside.rng, can, settle)
                row.state = step(
                    DELIVERY_GRAPH, row.state, verdict.state if row.action == Action.PUBLISH else DeliveryState.PENDING
                )
                row.due_at, row.reason, row.holder = verdict.due_at or now, "adopted", ""
                row.settled_at = now if row.state in SETTLED else None
                tx.add(row)
                if row.action == Action.PUBLISH and sweep.worthwhile(can):
                    await sweep.plan(tx, row, now)


def _failed(outcomes: Sequence[Outcome]) -> list[bool]:
    return [outcome.down for outcome in outcomes if outcome.verdict.reason != UNBEGUN]
