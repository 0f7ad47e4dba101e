# SPDX-License-Identifier: AGPL-3.0-or-later
"""What one drain has in hand: a queue an account, spoken in order, and the outcomes not yet settled.

Claiming a few rows ahead and settling several at once keeps the database out of the way of the network: while one
transaction commits, the next notice is already being said.
"""

import asyncio
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from itertools import chain

from relay.deliveries.attempt import Outcome, unbegun
from relay.deliveries.claim import Claim
from relay.store.columns import saved

Speak = Callable[[Claim], Awaitable[Outcome]]

DEPTH = 32  # claims an account may have in hand; those not begun go back when it must rest
WIDTH = 8  # posts under way at once in a lane, that is on one host
BATCH = DEPTH * WIDTH
GRACE = 6.0  # seconds that what is being said may take to end once we have to leave
PROMPT = 0.2  # seconds an outcome may wait to be settled together with others


class Hand:
    """Queues of claims, one running task an account."""

    def __init__(self, speak: Speak) -> None:
        self._speak = speak
        self.closed = False
        self._queues: dict[int, deque[Claim]] = {}
        self._speaking: dict[int, Claim] = {}
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._finished: list[Outcome] = []
        self._news = asyncio.Event()
        self._gate = asyncio.Semaphore(WIDTH)

    @property
    def empty(self) -> bool:
        """Nothing is being said and nothing waits to be settled."""
        return not self._tasks and not self._finished

    @property
    def idle(self) -> bool:
        """Nothing is being said."""
        return not self._tasks

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
        """Queue claims behind what their accounts have in hand already."""
        if self.closed:
            self._return(deque(claims))
            return
        for claim in claims:
            account = saved(claim.account.id)
            self._queues.setdefault(account, deque()).append(claim)
            if account not in self._tasks:
                self._tasks[account] = asyncio.create_task(self._run(account))

    def finished(self) -> list[Outcome]:
        """The outcomes to settle now; they stay until ``forget``, in case settling fails."""
        self._news.clear()
        return list(self._finished)

    def forget(self, settled: Sequence[Outcome]) -> None:
        """These outcomes are in the ledger."""
        del self._finished[: len(settled)]

    async def news(self) -> None:
        """Wait until there is something worth a transaction: many outcomes, or one that has waited long enough."""
        while self._tasks and not self._news.is_set():
            with suppress(TimeoutError):
                async with asyncio.timeout(PROMPT):
                    await self._news.wait()
            if self._finished:
                return

    def close(self) -> None:
        """Begin nothing more: what is queued goes back, what is being said is waited for."""
        self.closed = True
        self.rest()
        self._news.set()

    async def finish(self) -> None:
        """Close, and wait for what is being said; what does not end in time is cut short, and in doubt."""
        self.close()
        tasks = set(self._tasks.values())
        if tasks:
            _, hanging = await asyncio.wait(tasks, timeout=GRACE)
            for task in hanging:
                task.cancel()
            await asyncio.gather(*tasks)

    def rest(self) -> None:
        """Begin nothing for now: what is queued goes back."""
        for queue in self._queues.values():
            self._return(queue)

    async def _run(self, account: int) -> None:
        queue = self._queues[account]
        try:
            while queue:
                async with self._gate:
                    if not queue:
                        break  # it went back while we waited
                    claim = self._speaking[account] = queue.popleft()
                    outcome = await self._speak(claim)
                self._finished.append(outcome)
                if outcome.verdict.pause or outcome.verdict.rest_until:
                    self._return(queue)
                if len(self._finished) >= DEPTH // 2:
                    self._news.set()
        finally:
            del self._tasks[account], self._queues[account]
            self._speaking.pop(account, None)
            self._news.set()

    def _return(self, queue: deque[Claim]) -> None:
        self._finished += [unbegun(claim) for claim in queue]
        queue.clear()
