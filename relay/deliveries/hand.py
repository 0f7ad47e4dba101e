# SPDX-License-Identifier: AGPL-3.0-or-later
"""What one drain has in hand: a queue an account, spoken in order, and the outcomes not yet settled.

Claiming a few rows ahead and settling several at once keeps the database out of the way of the network: while one
transaction commits, the next notice is already being said.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence

from relay.deliveries.attempt import Outcome
from relay.deliveries.claim import Claim
from relay.deliveries.retry import Verdict
from relay.terms import DeliveryState

Speak = Callable[[Claim], Awaitable[Outcome]]

DEPTH = 8  # claims an account may have in hand; those not begun go back when it must rest
WIDTH = 8  # accounts of one lane spoken through at once


class Hand:
    """Queues of claims, one running task an account."""

    def __init__(self, speak: Speak) -> None:
        self._speak = speak
        self._queues: dict[int, deque[Claim]] = {}
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._finished: list[Outcome] = []
        self._news = asyncio.Event()

    @property
    def empty(self) -> bool:
        """Nothing is being said and nothing waits to be settled."""
        return not self._tasks and not self._finished

    def full(self) -> list[int]:
        """Accounts that need no more claims now."""
        if len(self._tasks) >= WIDTH:
            return list(self._tasks)
        return [account for account, queue in self._queues.items() if len(queue) > DEPTH // 2]

    def room(self) -> int:
        """How many claims are welcome."""
        return DEPTH * max(1, WIDTH - len(self._tasks))

    def give(self, claims: Sequence[Claim]) -> None:
        """Queue claims behind what their accounts have in hand already."""
        for claim in claims:
            account = claim.account.id or 0
            self._queues.setdefault(account, deque()).append(claim)
            if account not in self._tasks:
                self._tasks[account] = asyncio.create_task(self._run(account))

    def take(self) -> list[Outcome]:
        """The outcomes to settle now."""
        finished, self._finished = self._finished, []
        self._news.clear()
        return finished

    async def news(self) -> None:
        """Wait until there is something worth a transaction."""
        if self._tasks:
            await self._news.wait()

    async def release(self) -> list[Outcome]:
        """Begin nothing more; wait for what is being said, and return every outcome."""
        for queue in self._queues.values():
            self._finished += [_unbegun(claim) for claim in queue]
            queue.clear()
        await asyncio.gather(*self._tasks.values())
        return self.take()

    async def _run(self, account: int) -> None:
        queue = self._queues[account]
        try:
            while queue:
                outcome = await self._speak(queue.popleft())
                self._finished.append(outcome)
                if outcome.verdict.pause or outcome.verdict.rest_until:
                    self._finished += [_unbegun(claim) for claim in queue]
                    queue.clear()
                if len(queue) <= DEPTH // 2:
                    self._news.set()
        finally:
            del self._tasks[account], self._queues[account]
            self._news.set()


def _unbegun(claim: Claim) -> Outcome:
    state = DeliveryState.UNSURE if claim.looks else DeliveryState.PENDING
    return Outcome(claim, Verdict(state, "unbegun"))
