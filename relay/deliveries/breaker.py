# SPDX-License-Identifier: AGPL-3.0-or-later
"""A breaker a lane: a host that is down, or has enough of us, is left in peace and asked again by one notice. Pure.

Closed, everything passes. After ``MOST`` failures in a row it is open for ``REST``; then one probe passes, and what
comes of it decides. https://martinfowler.com/bliki/CircuitBreaker.html
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

MOST = 10
REST = timedelta(seconds=60)


@dataclass(frozen=True)
class Breaker:
    """``failures`` of the host in a row; ``rest_until``: nothing is asked of it before."""

    failures: int = 0
    rest_until: datetime | None = None

    def after(self, failed: Iterable[bool], now: datetime) -> "Breaker":
        """What the breaker is once these attempts have ended, in their order; True is a failure of the host."""
        failures = self.failures
        for each in failed:
            failures = failures + 1 if each else 0
        if failures < MOST:
            return Breaker(failures)
        return Breaker(failures, now + REST) if failures > self.failures else self

    def room(self, now: datetime, most: int) -> int:
        """How many may be attempted now: all, none, or the one that probes."""
        if self.rest_until is None:
            return most
        return 0 if now < self.rest_until <= now + REST else 1  # one further off is of a clock that ran ahead
