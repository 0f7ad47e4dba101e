# SPDX-License-Identifier: AGPL-3.0-or-later
"""The only file that reads time or sleeps."""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from typing import Protocol

# Counts on while a laptop sleeps, where the system has such a clock: https://man7.org/linux/man-pages/man2/clock_gettime.2.html
_STEADY: int | None = getattr(time, "CLOCK_BOOTTIME", None)


class Clock(Protocol):
    """Where everyone in the house gets time from."""

    def now(self) -> datetime:
        """The present as an aware UTC datetime."""
        ...

    def steady(self) -> float:
        """Seconds on a counter that nobody sets and that never goes back; its zero means nothing."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait ``seconds`` of this clock's time."""
        ...


class RealClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def steady(self) -> float:
        return time.clock_gettime(_STEADY) if _STEADY is not None else time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(max(0.0, seconds))


class FastClock:
    """A clock that starts at ``start`` and runs ``factor`` times as fast: a day in a minute, for the demo."""

    def __init__(self, start: datetime, factor: float) -> None:
        self.factor = factor
        self._start = start
        self._zero = time.monotonic()
        self._skipped = 0.0

    def now(self) -> datetime:
        return self._start + timedelta(seconds=(time.monotonic() - self._zero) * self.factor)

    def at(self, seconds: float) -> datetime:
        """What this clock showed, or will show, when ``stopwatch`` shows ``seconds``."""
        return self.now() + timedelta(seconds=(seconds - stopwatch()) * self.factor)

    def move_to(self, moment: datetime) -> None:
        """Let time pass in an instant until then; back, where a story begins again."""
        self._skipped += max(0.0, (moment - self.now()).total_seconds())
        self._start, self._zero = moment, time.monotonic()

    def steady(self) -> float:
        return time.monotonic() * self.factor + self._skipped

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(max(0.0, seconds) / self.factor)


class ManualClock:
    """A clock that moves only when told to; ``slept`` remembers what was asked of it."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._steady = 0.0
        self.slept: list[float] = []

    def now(self) -> datetime:
        return self._now

    def advance(self, **delta: float) -> datetime:
        """Let time pass, by a timedelta's keywords: ``advance(hours=2)``."""
        return self._pass(timedelta(**delta))

    def move_to(self, moment: datetime) -> None:
        """Let time pass until then; back, where a test begins again."""
        self._pass(moment - self._now)

    def step(self, **delta: float) -> datetime:
        """Have somebody set the clock, while no time passes: ``step(hours=-1)``."""
        self._now += timedelta(**delta)
        return self._now

    def steady(self) -> float:
        return self._steady

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self._pass(timedelta(seconds=max(0.0, seconds)))
        await asyncio.sleep(0)

    def _pass(self, delta: timedelta) -> datetime:
        self._now += delta
        self._steady += max(0.0, delta.total_seconds())
        return self._now


def stopwatch() -> float:
    """Seconds on a steady counter, for measuring how long something took."""
    return time.perf_counter()


def heed_cancellation() -> None:
    """Raise CancelledError if this task has been cancelled, and something it waited in has swallowed that.

    ``asyncio.wait_for``, in which pools of connections wait, does so before Python 3.12 if what it waits for comes in
    the same instant (https://github.com/python/cpython/issues/86296).
    """
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError
