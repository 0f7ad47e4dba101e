# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a process says of its own health. Whoever asks often gets the same answer for a second."""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from typing import Generic, TypeVar

from sqlmodel.ext.asyncio.session import AsyncSession

from relay.clock import Clock, stopwatch
from relay.deliveries.timekeeping import Timekeeper
from relay.engine.rounds import Rounds
from relay.feeds.look import QUARANTINE
from relay.store import gauges
from relay.store.database import Store
from relay.web.figures import Figures
from relay.web.ground import Ground
from relay.web.pulse import Pulse
from relay.web.readiness import Readiness

FRESH = 1.0  # seconds

T = TypeVar("T")


class Health:
    """``pulse`` may be felt from any thread; ``ready`` and ``figures`` are asked in the relay's own loop.

    ``key`` raises a Problem if the key is needed and not there; ``floor``: seconds, the shortest interval of a feed.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        timekeeper: Timekeeper,
        rounds: Rounds,
        networks: Collection[str],
        key: Callable[[AsyncSession], Awaitable[bool]],
        floor: float,
    ) -> None:
        self._store, self._clock, self._timekeeper, self._rounds = store, clock, timekeeper, rounds
        self._networks = networks
        self._readiness = Readiness(Ground(store, clock, timekeeper, rounds, key, floor).checks())
        self.pulse = Pulse()
        self.ready = _Fresh(self._readiness.look)
        self.figures = _Fresh(self._figures)

    @property
    def well(self) -> bool:
        """Whether the loop turns, and the engine in it."""
        return not (self.pulse.stuck or (self._rounds.begun and self._rounds.late))

    async def _figures(self) -> Figures:
        async with self._store.read() as tx:
            piles, tally = await gauges.piles(tx), await gauges.tally(tx, QUARANTINE)
        held, under_way = self._timekeeper.held(), self._rounds.under_way
        return Figures(self._clock.now(), self._networks, piles, tally, self.pulse.lag, under_way, held)

    async def aclose(self) -> None:
        """Ask nothing more."""
        await self._readiness.aclose()


class _Fresh(Generic[T]):
    def __init__(self, make: Callable[[], Awaitable[T]]) -> None:
        self._make = make
        self._made: tuple[float, T] | None = None
        self._turn = asyncio.Lock()

    async def __call__(self) -> T:
        async with self._turn:
            if self._made is None or stopwatch() - self._made[0] > FRESH:
                self._made = (stopwatch(), await self._make())
            return self._made[1]
