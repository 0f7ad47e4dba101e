# SPDX-License-Identifier: AGPL-3.0-or-later
"""Which feed publishes next, and when: as newsrooms do, without memory of the last time. Pure, given its dice."""

import random
from collections.abc import Iterator


class Timetable:
    """``rate`` articles an hour in each of ``feeds`` feeds, as Poisson has it, from ``start`` (POSIX s) on.

    Many independent Poisson processes are one whose events fall on each with equal chance
    (https://en.wikipedia.org/wiki/Poisson_point_process#Superposition_theorem): no feed needs a timer of its own.
    """

    def __init__(self, rng: random.Random, feeds: int, rate: float, start: float) -> None:
        self._rng, self._feeds = rng, feeds
        self._each = rate * feeds / 3600
        self.next_at = start
        self._draw()

    def until(self, now: float) -> Iterator[tuple[float, int]]:
        """(moment in POSIX s, feed) of all that is due by ``now``, in order, each once."""
        while self.next_at <= now:
            moment = self.next_at
            self._draw()
            yield moment, self._rng.randrange(self._feeds)

    def _draw(self) -> None:
        self.next_at += self._rng.expovariate(self._each)
