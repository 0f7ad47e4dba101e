# SPDX-License-Identifier: AGPL-3.0-or-later
"""Drain one lane: settle what finished and claim what is next, speak, until nothing is due.

Whoever drains a lane is the only one in it; what somebody else left in hand there is an orphan and is adopted.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial

from relay.deliveries import sweep
from relay.deliveries.attempt import UNBEGUN, Outcome, Patience, attempt, unbegun
from relay.deliveries.breaker import Breaker
from relay.deliveries.claim import Claim
from relay.deliveries.hand import BATCH, Hand
from relay.deliveries.lastword import LastWord
from relay.deliveries.reconcile import Reader, readback
from relay.deliveries.retry import Verdict, doubtful
from relay.deliveries.turns import Drain, Turns
from relay.faults import Problem
from relay.networks.port import Card, Network
from relay.outside import Outside
from relay.store import instance, waiting
from relay.store.account import Account
from relay.store.database import Store
from relay.terms import DELIVERY_GRAPH, SETTLED, Action, DeliveryState, step

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
        self._turns = Turns(store, outside.clock, cards, self._room)
        self._last_word = LastWord(store, outside.clock, self._in_hand)
        self._drains: dict[str, Drain] = {}
        self._breakers: dict[str, Breaker] = {}  # by lane; who drains it next elsewhere learns anew

    async def drain(self, lane: str) -> datetime | None:
        """Say everything that is due in the lane; returns when it next has work, or None.

        Cancelled, it begins nothing more, waits for what is being said and settles it.
        """
        holder = self._outside.ids()
        async with self._store.read() as tx:
            restored_at = await instance.restored_at(tx)
            orphans = await waiting.orphans(tx, lane, holder)
        if restored_at is not None:
            reader = Reader(self._store, self._outside.clock, self._cards, self._connect)
            await readback(reader, lane, restored_at)  # may take minutes; cancelled, it is begun again
        if orphans:
            await self._adopt(lane, holder)
        drain = Drain(lane, holder, Hand(self._speak), restored_at)
        work = asyncio.create_task(self._work(drain))
        try:
            await asyncio.shield(work)
        except asyncio.CancelledError:
            drain.hand.close()
            await work
            raise
        async with self._store.read() as tx:
            following = await waiting.next_due(tx, lane, restored=restored_at is not None)
        rest = self._breaker(lane).rest_until
        return max(following, rest) if following and rest else following

    def stir(self, lanes: Iterable[str]) -> None:
        """Tell the drains under way in these lanes that there is something new; the others need not know."""
        told = set(lanes)
        for drain in self._drains.values():
            if drain.lane in told:
                drain.hand.stir()

    async def _work(self, drain: Drain) -> None:
        self._drains[drain.holder] = drain
        try:
            await self._turns.take(drain)
            while not drain.hand.empty:
                await drain.hand.news()
                await self._turns.take(drain)
        finally:
            await drain.hand.finish()  # whatever failed, nothing is being said any more when we leave the lane
            del self._drains[drain.holder]

    def _room(self, drain: Drain, outcomes: Sequence[Outcome], now: datetime) -> int:
        """How many claims more a drain may have, now that these have ended."""
        hand = drain.hand
        breaker = self._breakers[drain.lane] = self._breaker(drain.lane).after(_failed(outcomes), now)
        if breaker.rest_until is not None:
            hand.rest()
        if hand.closed or self._held() or (breaker.rest_until and not hand.idle):
            return 0
        return breaker.room(now, BATCH)

    def _in_hand(self) -> list[Claim]:
        return [claim for drain in self._drains.values() for claim in drain.hand.claims]

    async def _speak(self, claim: Claim) -> Outcome:
        if self._held():
            return unbegun(claim)
        try:
            network = await self._connect(claim.account)
        except Problem as problem:  # its credentials do not open: nothing was said, and a person has to mend it
            verdict = Verdict(claim.waiting, "unauthorised", self._outside.clock.now(), pause=True)
            return Outcome(claim, verdict, memo=str(problem))
        still = partial(self._last_word, claim)
        return await attempt(claim, network, self._outside, self._patience, still)

    def _breaker(self, lane: str) -> Breaker:
        return self._breakers.get(lane, Breaker())

    async def _adopt(self, lane: str, holder: str) -> None:
        """What a dead process left in hand may be out there: look, repeat or ask, as the network allows."""
        now, settle = self._outside.clock.now(), timedelta(seconds=self._patience.settle)
        async with self._store.write() as tx:
            for row, account in await waiting.orphans(tx, lane, holder, locked=True):
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
    """Whether the host failed, attempt by attempt; one that asks us to slow down has not done what we asked either."""
    begun = [outcome for outcome in outcomes if outcome.verdict.reason != UNBEGUN]
    return [outcome.down or outcome.verdict.rest_until is not None for outcome in begun]
