# SPDX-License-Identifier: AGPL-3.0-or-later
"""Turns at the ledger: what finished is settled and what comes next is claimed, for many lanes in one transaction.

A commit waits for the disk however much it carries, and a statement costs nearly the same for one row as for many: so
whoever comes while one transaction is under way shares the next.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain

from sqlmodel.ext.asyncio.session import AsyncSession

from relay.clock import Clock
from relay.deliveries.attempt import Outcome
from relay.deliveries.claim import Claim, Desk
from relay.deliveries.hand import Hand
from relay.deliveries.settle import apply
from relay.faults import Unusable
from relay.networks.port import Card
from relay.store import waiting
from relay.store.database import Store


@dataclass(frozen=True)
class Drain:
    """One drain of a lane. ``holder`` names it in the rows it has in hand, and nobody else, a later drain included.

    ``restored_at``: when the ledger was read from a backup, if ever.
    """

    lane: str
    holder: str
    hand: Hand
    restored_at: datetime | None


_Waiting = tuple[Drain, asyncio.Future[None]]
Room = Callable[[Drain, Sequence[Outcome], datetime], int]


class Turns:
    """One at a time. ``room`` says how many claims a drain may have more, after these outcomes."""

    def __init__(self, store: Store, clock: Clock, cards: Mapping[str, Card], room: Room) -> None:
        self._store, self._clock, self._cards, self._room = store, clock, cards, room
        self._waiting: list[_Waiting] = []
        self._serving: asyncio.Task[None] | None = None

    async def take(self, drain: Drain) -> None:
        """Settle what the drain has finished and give it what it may say next. Raises what the store raises."""
        done = asyncio.get_running_loop().create_future()
        self._waiting.append((drain, done))
        if self._serving is None:
            self._serving = asyncio.create_task(self._serve())
        await done

    async def _serve(self) -> None:
        while self._waiting:
            together, self._waiting = self._waiting, []
            await self._serve_all(together)
        self._serving = None

    async def _serve_all(self, together: Sequence[_Waiting]) -> None:
        try:
            await self._turn([drain for drain, _ in together])
        except Exception as trouble:
            if len(together) > 1 and not isinstance(trouble, Unusable):
                for each in together:  # what is wrong with one lane must not hold up the others
                    await self._serve_all([each])
                return
            for _, done in together:
                if not done.done():
                    done.set_exception(trouble)
        else:
            for _, done in together:
                if not done.done():
                    done.set_result(None)

    async def _turn(self, drains: Sequence[Drain]) -> None:
        async with self._store.write() as tx:
            now = self._clock.now()
            finished = {drain.holder: drain.hand.finished() for drain in drains}
            await apply(tx, list(chain.from_iterable(finished.values())), now, self._cards)
            rooms = {drain.holder: self._room(drain, finished[drain.holder], now) for drain in drains}
            claims = await self._claim(tx, [drain for drain in drains if rooms[drain.holder]], rooms, now)
        given = defaultdict[str, list[Claim]](list)
        for claim in claims:
            given[claim.holder].append(claim)
        for drain in drains:
            drain.hand.forget(finished[drain.holder])
            drain.hand.give(given[drain.holder])

    async def _claim(
        self, tx: AsyncSession, drains: Sequence[Drain], rooms: Mapping[str, int], now: datetime
    ) -> Sequence[Claim]:
        holders: dict[int, str] = {}
        for drain in drains:
            hand, holder = drain.hand, drain.holder
            found = await waiting.claimable(tx, drain.lane, now, hand.busy(), rooms[holder], holder)
            holders |= dict.fromkeys(hand.choose(found), holder)
        if not holders:
            return []
        restored_at = max(filter(None, (drain.restored_at for drain in drains)), default=None)
        desk = Desk(tx, self._cards, self._clock, holders, restored_at)
        return await desk.take(await waiting.work(tx, holders))
