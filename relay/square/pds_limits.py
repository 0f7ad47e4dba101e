# SPDX-License-Identifier: AGPL-3.0-or-later
"""The rate limits of the look-alike PDS, as published: https://docs.bsky.app/docs/advanced-guides/rate-limits.

Fixed windows that begin with the first request, kept in memory, as the reference PDS does without Redis
(packages/pds/src/rate-limits.ts). A refused request uses up nothing that was not counted before it.
"""

from dataclasses import dataclass, field

from relay.clock import Clock
from relay.square.pds_error import XrpcError

MINUTE, HOUR, DAY = 60, 3600, 86_400


@dataclass(frozen=True)
class Budget:
    """So many points in so many seconds."""

    name: str
    points: int
    seconds: int


ADDRESS = (Budget("ip", 3000, 5 * MINUTE),)
LOGIN = (Budget("login-day", 300, DAY), Budget("login", 30, 5 * MINUTE))
WRITE = (Budget("write-hour", 5000, HOUR), Budget("write-day", 35_000, DAY))
UPLOAD = (Budget("upload", 1000, DAY),)
POINTS = {"create": 3, "update": 2, "delete": 1}
PUT = POINTS["update"]


@dataclass
class Meter:
    """What is used of every budget, by key. ``on`` False counts nothing."""

    clock: Clock
    on: bool = True
    _used: dict[tuple[str, str], tuple[int, float]] = field(default_factory=dict)

    def spend(self, budgets: tuple[Budget, ...], key: str, points: int = 1) -> dict[str, str]:
        """Count and return the headers of the tightest budget. Raises XrpcError RateLimitExceeded (429)."""
        answers = [self._spend(budget, key, points) for budget in budgets] if self.on else []
        return min(answers, key=lambda headers: int(headers["ratelimit-remaining"]), default={})

    def _spend(self, budget: Budget, key: str, points: int) -> dict[str, str]:
        now = self.clock.now().timestamp()
        used, ends = self._used.get((budget.name, key), (0, 0.0))
        if ends <= now:
            used, ends = 0, now + budget.seconds
        used += points
        self._used[budget.name, key] = (used, ends)
        headers = {
            "ratelimit-limit": str(budget.points),
            "ratelimit-remaining": str(max(0, budget.points - used)),
            "ratelimit-reset": str(int(ends)),
            "ratelimit-policy": f"{budget.points};w={budget.seconds}",
        }
        if used > budget.points:
            wait = {"retry-after": str(max(1, round(ends - now)))}
            raise XrpcError("RateLimitExceeded", "Rate Limit Exceeded", 429, {**headers, **wait})
        return headers
