# SPDX-License-Identifier: AGPL-3.0-or-later
"""Which fault lies on which feed, and for how long."""

import math
from dataclasses import dataclass

from relay.square.farm.faults import FAULTS
from relay.square.farm.faults.fault import Fault


@dataclass
class Planted:
    """``times`` and ``until`` (POSIX s): whichever comes first ends it; ``met``: how often it was played."""

    fault: Fault
    times: float = math.inf
    until: float = math.inf
    met: int = 0

    def is_over(self, now: float) -> bool:
        return self.met >= self.times or now >= self.until


class Planting:
    """At most one fault a feed; a new one takes the old one's place."""

    def __init__(self) -> None:
        self._on: dict[int, Planted] = {}

    def plant(self, feed: int, name: str, times: float, until: float) -> None:
        """Raises KeyError for a fault that is not in the catalogue."""
        self._on[feed] = Planted(FAULTS[name], times, until)

    def heal(self, feed: int) -> None:
        """Whatever lies on the feed is over."""
        self._on.pop(feed, None)

    def of(self, feed: int, now: float) -> Planted | None:
        """What lies on the feed now."""
        planted = self._on.get(feed)
        if planted is None or not planted.is_over(now):
            return planted
        del self._on[feed]
        return None

    def afflicted(self) -> dict[int, str]:
        """Each feed with a fault, and its name."""
        return {feed: planted.fault.name for feed, planted in self._on.items()}
