# SPDX-License-Identifier: AGPL-3.0-or-later
"""The only file that reads time or sleeps."""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Where everyone in the house gets time from."""

    def now(self) -> datetime:
        """The present as an aware UTC datetime."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait ``seconds`` of this clock's time."""
        ...


class RealClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(max(0.0, seconds))


class FastClock:
    """A clock that starts at ``start`` and runs ``factor`` times as fast: a day in a minute, for the demo."""

    def __init__(self, start: datetime, factor: float) -> None:
        self.factor = factor
        self._start = start
        self._zero = time.monotonic()

    def now(self) -> datetime:
        return self._start + timedelta(seconds=(time.monotonic() - self._zero) * self.factor)

    def at(self, seconds: float) -> datetime:
        """What this clock showed, or will show, when ``stopwatch`` shows ``seconds``."""
        return self.now() + timedelta(seconds=(seconds - stopwatch()) * self.factor)

    def move_to(self, moment: datetime) -> None:
        """Jump, and run on from there."""
        self._start, self._zero = moment, time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(max(0.0, seconds) / self.factor)


class ManualClock:
    """A clock that moves only when told to; ``slept`` remembers what was asked of it."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self.slept: list[float] = []

    def now(self) -> datetime:
        return self._now

    def advance(self, **delta: float) -> datetime:
        """Move on by a timedelta's keywords: ``advance(hours=2)``."""
        self._now += timedelta(**delta)
        return self._now

    def move_to(self, moment: datetime) -> None:
        """Jump, in either direction."""
        self._now = moment

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self._now += timedelta(seconds=max(0.0, seconds))
        await asyncio.sleep(0)


def stopwatch() -> float:
    """Seconds on a steady counter, for measuring how long something took."""
    return time.perf_counter()
