# SPDX-License-Identifier: AGPL-3.0-or-later
"""What one drain has in hand: a queue an account, the outcomes not yet settled, and the speakers between them.

Claiming a few rows ahead and settling several at once keeps the database out of the way of the network: while one
transaction commits, the next notice is already being said. Of all that waits the most urgent is said first; an account
says one thing at a time.
"""

import asyncio
from bisect import insort
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import datetime
from heapq import heappop, heappush
from itertools import chain

from relay.deliveries.attempt import Outcome, unbegun
from relay.deliveries.claim import Claim
from relay.store.columns import saved

Speak = Callable[[Claim], Awaitable[Outcome]]
Urgency = tuple[int, datetime, int]

DEPTH = 32  # claims an account may have in hand; those not begun go back when it must rest
WIDTH = 8  # posts under way at once in a lane, that is on one host
BATCH = DEPTH * WIDTH
MANY = DEPTH // 2  # outcomes worth a transaction at once
GRACE = 6.0  # seconds that what is being said may take to end once we have to leave
PROMPT = 0.2  # seconds an outcome may wait to be settled together with others
QUIET = 5  # times as long without an outcome, and new work is looked for behind posts that take their time


class Hand:
    """``speak`` is called for at most ``WIDTH`` claims at once."""

    def __init__(self, speak: Speak) -> None:
        self._speak = speak
        self.closed = False
        self._queues: dict[int, list[Claim]] = {}  # by account, most urgent first
        self._ready: list[tuple[Urgency, int]] = []  # a heap of accounts; one that is speaking by now is passed over
        self._speaking: dict[int, Claim] = {}
        self._speakers: set[asyncio.Task[None]] = set()
        self._finished: list[Outcome] = []
        self._news = asyncio.Event()

    @property
    def empty(self) -> bool:
        """Nothing is being said and nothing waits to be settled."""
        return self.idle and not self._finished

    @property
    def idle(self) -> bool:
        """Nothing is being said."""
        return not self._speakers

    @property
    def claims(self) -> list[Claim]:
        """What is being said or waits for its turn."""
        return [*self._speaking.values(), *chain.from_iterable(self._queues.values())]

    def busy(self) -> list[int]:
        """Accounts that need no more claims now."""
        return [account for account, queue in self._queues.items() if len(queue) > DEPTH // 2]

    def choose(self, waiting: Sequence[tuple[int, int]]) -> list[int]:
        """Of (delivery, account) in order, the deliveries to claim: no account gets more than ``DEPTH`` in hand."""
        room = Counter({account: DEPTH - len(queue) for account, queue in self._queues.items()})
        chosen = []
        for delivery, account in waiting:
            if room.setdefault(account, DEPTH) > 0:
                room[account] -= 1
                chosen.append(delivery)
        return chosen

    def give(self, claims: Sequence[Claim]) -> None:
        """Have these said too."""
        if self.closed:
            self._finished += map(unbegun, claims)
            return
        for claim in claims:
            account = saved(claim.account.id)
            insort(self._queues.setdefault(account, []), claim, key=_urgency)
            heappush(self._ready, (_urgency(claim), account))
        for _ in range(min(WIDTH - len(self._speakers), len(self._ready))):
            self._speakers.add(asyncio.create_task(self._say()))

    def stir(self) -> None:
        """There may be something more urgent to claim."""
        self._news.set()

    def finished(self) -> list[Outcome]:
        """The outcomes to settle now; they stay until ``forget``, in case settling fails."""
        self._news.clear()
        return list(self._finished)

    def forget(self, settled: Sequence[Outcome]) -> None:
        """These outcomes are in the ledger."""
        del self._finished[: len(settled)]

    async def news(self) -> None:
        """Wait until a transaction may be worth it: many outcomes, an account that has nothing more, or some time."""
        for _ in range(QUIET):
            with suppress(TimeoutError):
                async with asyncio.timeout(PROMPT):
                    await self._news.wait()
            if self._finished or self._news.is_set():
                return

    def close(self) -> None:
        """Begin nothing more: what is queued goes back, what is being said is waited for."""
        self.closed = True
        self.rest()
        self._news.set()

    async def finish(self) -> None:
        """Close, and wait for what is being said; what does not end in time is cut short, and in doubt."""
        self.close()
        if speakers := set(self._speakers):
            _, hanging = await asyncio.wait(speakers, timeout=GRACE)
            for task in hanging:
                task.cancel()
            await asyncio.gather(*speakers)

    def rest(self) -> None:
        """Begin nothing for now: what is queued goes back."""
        for queue in self._queues.values():
            self._return(queue)

    async def _say(self) -> None:
        try:
            while (claim := self._next()) is not None:
                self._note(claim, await self._speak(claim))
        finally:
            self._speakers.discard(asyncio.current_task())
            self._news.set()

    def _next(self) -> Claim | None:
        while self._ready:
            _, account = heappop(self._ready)
            if account not in self._speaking and self._queues.get(account):
                claim = self._speaking[account] = self._queues[account].pop(0)
                return claim
        return None

    def _note(self, claim: Claim, outcome: Outcome) -> None:
        account = saved(claim.account.id)
        del self._speaking[account]
        self._finished.append(outcome)
        queue = self._queues[account]
        if outcome.verdict.pause or outcome.verdict.rest_until:
            self._return(queue)
        if queue:
            heappush(self._ready, (_urgency(queue[0]), account))
        else:
            del self._queues[account]
        if not queue or len(self._finished) >= MANY:
            self._news.set()

    def _return(self, queue: list[Claim]) -> None:
        self._finished += map(unbegun, queue)
        queue.clear()


def _urgency(claim: Claim) -> Urgency:
    return claim.rank, claim.due_at, claim.id
