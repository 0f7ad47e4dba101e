# SPDX-License-Identifier: AGPL-3.0-or-later
"""How much one host is asked at once. In memory: after a restart each host has rested."""

from collections import Counter

from relay.clock import Clock

SPACING = 1.0  # seconds between the beginnings of two looks at one host
ABREAST = 2  # looks at one host that may be under way together
_MANY = 10_000
_INSTANT = 0.001  # s; what is less may be no time at all to a clock that counts microseconds


class Pace:
    """Who was asked when, by a clock that nobody sets."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._rested = dict[str, float]()
        self._under_way = Counter[str]()

    def rest(self, host: str) -> float:
        """Seconds until the host may be asked again; ``SPACING`` where that depends on what is under way."""
        if self._under_way[host] >= ABREAST:
            return SPACING
        rest = self._rested.get(host, 0.0) - self._clock.steady()
        return rest if rest > _INSTANT else 0.0

    def begin(self, host: str) -> None:
        """The host is being asked."""
        self._under_way[host] += 1
        self._rested[host] = self._clock.steady() + SPACING

    def end(self, host: str) -> None:
        """It has answered, or will not."""
        self._under_way[host] -= 1
        if len(self._rested) > _MANY:
            now = self._clock.steady()
            self._rested = {each: until for each, until in self._rested.items() if until > now}
            self._under_way = +self._under_way
