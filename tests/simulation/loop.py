# SPDX-License-Identifier: AGPL-3.0-or-later
"""An event loop that a seed replays: what is ready runs in a drawn order, time jumps to the next timer, nothing waits.

Callbacks belong to the ``Life`` in whose context they were scheduled, as memory belongs to a process. A life that is
killed runs no further step, not even a ``finally``; a frozen one runs its steps once it is thawed (SIGSTOP, SIGCONT).
"""

import asyncio
import heapq
import inspect
import math
import random
from asyncio import events
from collections.abc import Callable, Coroutine
from contextlib import suppress
from contextvars import Context, ContextVar, copy_context
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

STUCK = 100_000  # steps without time moving on: something runs in circles
LIFE: ContextVar["Life | None"] = ContextVar("life", default=None)


@dataclass(eq=False)
class Life:
    """A process. ``fates``: what happens right before its step of that number; ``belongings``: what dies with it."""

    name: str
    steps: int = 0
    alive: bool = True
    died: float = math.inf
    frozen: bool = False
    fates: dict[int, Callable[[], None]] = field(default_factory=dict)
    belongings: list[Callable[[], object]] = field(default_factory=list)
    parked: list[asyncio.Handle] = field(default_factory=list)


class SeededLoop(asyncio.AbstractEventLoop):
    """The loop. ``trace`` sums up every step and every noted effect: equal traces are equal runs."""

    def __init__(self, seed: int) -> None:
        self._rng = random.Random(seed)
        self._now, self._count, self._idle = 0.0, 0, 0
        self._ready: list[asyncio.Handle] = []
        self._timers: list[tuple[float, int, asyncio.TimerHandle]] = []
        self._trace = blake2b(digest_size=16)
        self._remains: list[asyncio.Task[Any]] = []
        self.buried = False
        self.steps = 0
        self.accidents: list[str] = []

    @property
    def trace(self) -> str:
        """All that happened so far, as one word."""
        return self._trace.hexdigest()

    def note(self, effect: str) -> None:
        """Have an effect count for the trace."""
        self._trace.update(f"{self._now:.6f} {effect}\n".encode())

    def live(self, life: Life, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Have ``work`` run as a process of its own."""
        context = copy_context()
        context.run(LIFE.set, life)
        return self.create_task(work, context=context)

    def kill(self, life: Life) -> None:
        """As SIGKILL does: the operating system closes what was open, and that is all that happens."""
        life.alive, life.died = False, min(life.died, self._now)
        self._remains += asyncio.all_tasks(self)  # kept, since whatever is garbage is also tidied up, with effects
        while life.belongings:
            life.belongings.pop()()

    def thaw(self, life: Life) -> None:
        """Let a frozen life go on with all that became ready meanwhile."""
        life.frozen = False
        self._ready += life.parked
        life.parked.clear()

    def run_until(self, moment: float, done: Callable[[], bool] = lambda: False) -> None:
        """Run until that time of this loop, or until ``done``."""
        before = events._get_running_loop()
        events._set_running_loop(self)
        try:
            while not done() and self._move_on(moment):
                self._step()
        finally:
            events._set_running_loop(before)

    def suspend(self, life: Life, seconds: float) -> None:
        """Close the lid: for a while the life neither runs nor has time pass for its timers."""
        life.frozen = True
        for at, (when, number, handle) in enumerate(self._timers):
            if handle._context.get(LIFE) is life:
                self._timers[at] = (when + seconds, number, handle)
        heapq.heapify(self._timers)
        self.call_later(seconds, self.thaw, life)

    def bury(self) -> None:
        """Forget whatever would still have run. What is left of it is unwound one by one, as long as it asks for more:
        a greenlet that waits in SQLAlchemy is found by no garbage collector.
        """
        self.buried = True
        self._ready.clear()
        self._timers.clear()
        before = events._get_running_loop()
        events._set_running_loop(self)
        try:
            for _ in range(50):
                left = [task.get_coro() for task in asyncio.all_tasks(self)]
                left = [coro for coro in left if inspect.getcoroutinestate(coro) != inspect.CORO_CLOSED]
                if not left:
                    return
                for coro in left:
                    with suppress(BaseException):
                        coro.close()
        finally:
            self._remains.clear()
            events._set_running_loop(before)

    def _move_on(self, moment: float) -> bool:
        """Have something ready, moving the time if need be; False if nothing is to be done before ``moment``."""
        if not self._ready:
            self._idle = 0
            self._now = max(self._now, min(moment, self._timers[0][0] if self._timers else moment))
        while self._timers and self._timers[0][0] <= self._now:
            self._ready.append(heapq.heappop(self._timers)[2])
        return bool(self._ready)

    def _step(self) -> None:
        at = self._rng.randrange(len(self._ready))
        self._ready[at], self._ready[-1] = self._ready[-1], self._ready[at]
        handle = self._ready.pop()
        life = handle._context.get(LIFE)
        if handle._cancelled or (life is not None and not self._runs(life, handle)):
            return
        self.steps, self._idle = self.steps + 1, self._idle + 1
        if self._idle > STUCK:
            raise AssertionError(f"{STUCK} steps at {self._now} s: something runs in circles")
        self._trace.update(b"%d " % at)
        handle._run()

    def _runs(self, life: Life, handle: asyncio.Handle) -> bool:
        if life.alive and not life.frozen:
            life.steps += 1
            life.fates.pop(life.steps, _nothing)()
        if life.frozen:
            life.parked.append(handle)
        return life.alive and not life.frozen

    # What asyncio's futures, tasks and timeouts ask of a loop.

    def time(self) -> float:
        return self._now

    def call_soon(self, callback: Callable[..., Any], *args: Any, context: Context | None = None) -> asyncio.Handle:
        handle = asyncio.Handle(callback, args, self, context)
        if not self.buried:
            self._ready.append(handle)
        return handle

    call_soon_threadsafe = call_soon

    def call_at(
        self, when: float, callback: Callable[..., Any], *args: Any, context: Context | None = None
    ) -> asyncio.TimerHandle:
        handle = asyncio.TimerHandle(when, callback, args, self, context)
        self._count += 1
        if not self.buried:
            heapq.heappush(self._timers, (when, self._count, handle))
        return handle

    def call_later(
        self, delay: float, callback: Callable[..., Any], *args: Any, context: Context | None = None
    ) -> asyncio.TimerHandle:
        return self.call_at(self._now + delay, callback, *args, context=context)

    def create_future(self) -> asyncio.Future[Any]:
        return asyncio.Future(loop=self)

    def create_task(
        self, coro: Coroutine[Any, Any, Any], *, name: str | None = None, context: Context | None = None
    ) -> asyncio.Task[Any]:
        return asyncio.Task(coro, loop=self, name=name, context=context)

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        if not self.buried:
            self.accidents.append(f"{context.get('message')}: {context.get('exception')!r}")

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None:
        """A cancelled timer is dropped when its time comes."""

    def get_debug(self) -> bool:
        return False

    def is_running(self) -> bool:
        return events._get_running_loop() is self

    def is_closed(self) -> bool:
        return False


def _nothing() -> None:
    """No fate."""
