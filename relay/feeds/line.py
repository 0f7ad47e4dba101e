# SPDX-License-Identifier: AGPL-3.0-or-later
"""Feeds that wait for their host to have rested, those of each host in a line of their own."""

from collections import deque
from collections.abc import Callable

from relay.feeds.pace import Pace
from relay.store.looks import Due

LONGEST = 8  # feeds in one line: more are left in the ledger, so that one host does not fill the hand


class Lines:
    """Has every feed looked at once its host may be asked. In memory: who waits here is due in the ledger too."""

    def __init__(self, pace: Pace, begin: Callable[[Due], None]) -> None:
        self._pace, self._begin = pace, begin
        self._waiting = dict[str, deque[Due]]()
        self.ids = set[int]()

    @property
    def full(self) -> set[str]:
        """The hosts whose line is as long as may be."""
        return {host for host, line in self._waiting.items() if len(line) >= LONGEST}

    @property
    def rest(self) -> float:
        """Seconds until the first host with a line has rested; none without a line."""
        return min(map(self._pace.rest, self._waiting), default=0.0)

    def join(self, feed: Due) -> None:
        """Begin at once if the host has rested, else wait; where the line is full, nothing happens."""
        if feed.host not in self._waiting and self._pace.rest(feed.host) <= 0:
            self._start(feed)
            return
        line = self._waiting.setdefault(feed.host, deque())
        if len(line) < LONGEST:
            line.append(feed)
            self.ids.add(feed.id)

    def move(self) -> None:
        """Begin with the first of each line whose host has rested."""
        for host in [host for host in self._waiting if self._pace.rest(host) <= 0]:
            feed = self._waiting[host].popleft()
            if not self._waiting[host]:
                del self._waiting[host]
            self.ids.remove(feed.id)
            self._start(feed)

    def leave(self, host: str) -> None:
        """The host is not to be asked now: forget who waits for it."""
        self.ids.difference_update(feed.id for feed in self._waiting.pop(host, ()))

    def dissolve(self) -> None:
        """Forget everybody."""
        self._waiting.clear()
        self.ids.clear()

    def _start(self, feed: Due) -> None:
        self._pace.begin(feed.host)
        self._begin(feed)
