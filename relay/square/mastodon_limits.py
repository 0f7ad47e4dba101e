# SPDX-License-Identifier: AGPL-3.0-or-later
"""The look-alike's rate limits: fixed windows, ISO reset, and no Retry-After on a 429, as the real one.

https://docs.joinmastodon.org/api/rate-limits/ · config/initializers/rack_attack.rb · app/lib/rate_limiter.rb
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from relay.clock import Clock


@dataclass(frozen=True)
class Budget:
    """So many requests of a family in so many seconds."""

    family: str
    limit: int
    period: int


EVERYTHING = Budget("token", 300, 5 * 60)
POSTS = Budget("statuses", 300, 3 * 3600)
MEDIA = Budget("media", 30, 30 * 60)
DELETES = Budget("deletes", 30, 30 * 60)


def budgets(method: str, path: str) -> tuple[Budget, ...]:
    """What a request costs."""
    if method == "POST" and path == "/api/v1/statuses":
        return EVERYTHING, POSTS
    if method == "POST" and path in ("/api/v1/media", "/api/v2/media"):
        return EVERYTHING, MEDIA
    if method == "DELETE" and path.startswith("/api/v1/statuses/"):
        return EVERYTHING, DELETES
    return (EVERYTHING,)


class Meter:
    """Counts who spent what."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._spent: dict[tuple[str, str, int], int] = {}

    def spend(self, who: str, method: str, path: str) -> tuple[bool, dict[str, str]]:
        """Whether the request may pass, and the headers of the budget that is nearest to its end."""
        now = self._clock.now().timestamp()
        nearest: tuple[int, Budget, int] | None = None
        for budget in budgets(method, path):
            window = int(now) // budget.period
            spent = self._spent[who, budget.family, window] = self._spent.get((who, budget.family, window), 0) + 1
            left = budget.limit - spent
            if nearest is None or left < nearest[0]:
                nearest = (left, budget, (window + 1) * budget.period)
        left, budget, reset = nearest or (1, EVERYTHING, 0)
        return left >= 0, {
            "X-RateLimit-Limit": str(budget.limit),
            "X-RateLimit-Remaining": str(max(left, 0)),
            "X-RateLimit-Reset": datetime.fromtimestamp(reset, UTC).isoformat(timespec="microseconds"),
        }
