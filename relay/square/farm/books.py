# SPDX-License-Identifier: AGPL-3.0-or-later
"""What each feed holds: how much it has published and when, in arrays of numbers, so that 100,000 feeds stay small."""

from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from math import isnan, nan

from relay.square.farm.validators import Edition

_OLDER = 3600  # s between the articles that a feed held when it was planted
_SPREAD = 86_400  # s over which the feeds were last built before that


@dataclass(frozen=True)
class Published:
    """One article published while the farm stood.

    ``article``: its number in the feed; ``at``: POSIX seconds of the farm's clock. On our stopwatch, s, None for not
    yet: ``appeared`` in the feed, first ``served`` to a reader, first ``pushed`` to a subscriber that took it.
    """

    feed: int
    article: int
    at: float
    appeared: float
    served: float | None
    pushed: float | None


class Books:
    """Feeds 0 … ``feeds`` - 1, each planted at ``planted`` (POSIX s) with ``size`` articles, numbered 0 … size - 1."""

    def __init__(self, feeds: int, size: int, planted: float) -> None:
        self.feeds, self.size = feeds, size
        self._versions = array("I", bytes(4 * feeds))
        self._modified = array("I", (int(planted) - number * 7919 % _SPREAD for number in range(feeds)))
        self._first = int(planted) - _SPREAD
        self._served_up_to = array("I", bytes(4 * feeds))
        self._rows: dict[int, array[int]] = {}  # feed → its rows in the columns below, oldest first
        self._feed, self._at = array("I"), array("d")
        self._appeared, self._served, self._pushed = array("d"), array("d"), array("d")

    def edition(self, feed: int) -> Edition:
        """The present version of a feed."""
        return Edition(feed, self._versions[feed], self._modified[feed])

    def touch(self, feed: int, now: float) -> None:
        """Build the document anew. Its date moves on by a second at least, so that no reader misses a change."""
        self._versions[feed] += 1
        self._modified[feed] = max(int(now), self._modified[feed] + 1)

    def publish(self, feed: int, now: float, appeared: float) -> int:
        """Add an article; its number."""
        rows = self._rows.setdefault(feed, array("I"))
        rows.append(len(self._at))
        self._feed.append(feed)
        self._at.append(now)
        self._appeared.append(appeared)
        self._served.append(nan)
        self._pushed.append(nan)
        self.touch(feed, now)
        return self.size + len(rows) - 1

    def articles(self, feed: int) -> int:
        """How many there are, those from before included."""
        return self.size + len(self._rows.get(feed, ()))

    def shown(self, feed: int) -> range:
        """The numbers of those the document holds, newest first."""
        newest = self.articles(feed) - 1
        return range(newest, newest - self.size, -1)

    def published(self, feed: int, article: int) -> float:
        """When an article was published, POSIX seconds of the farm's clock."""
        if article < self.size:
            return self._first - (self.size - article) * _OLDER
        return self._at[self._rows[feed][article - self.size]]

    def serve(self, feed: int, stopwatch: float) -> None:
        """A reader was given the present document."""
        rows = self._rows.get(feed)
        if rows is None:
            return
        for row in rows[self._served_up_to[feed] :]:
            self._served[row] = stopwatch
        self._served_up_to[feed] = len(rows)

    def push(self, feed: int, articles: int, stopwatch: float) -> None:
        """A subscriber took a push made when the feed held so many ``articles``."""
        for row in reversed(self._rows.get(feed, array("I"))[: articles - self.size]):
            if not isnan(self._pushed[row]):
                break
            self._pushed[row] = stopwatch

    def __len__(self) -> int:
        """How many articles were published while the farm stood."""
        return len(self._at)

    def __iter__(self) -> Iterator[Published]:
        """Each of them, feed by feed."""
        for feed, rows in self._rows.items():
            for place, row in enumerate(rows):
                served, pushed = self._served[row], self._pushed[row]
                yield Published(
                    feed,
                    self.size + place,
                    self._at[row],
                    self._appeared[row],
                    None if isnan(served) else served,
                    None if isnan(pushed) else pushed,
                )
