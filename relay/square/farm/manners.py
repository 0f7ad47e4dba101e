# SPDX-License-Identifier: AGPL-3.0-or-later
"""What holds for every request, whichever feed it is for: who asks, what comes along, and how hosts are treated."""

import re
from collections import Counter

from relay.square.farm.answer import Asked
from relay.square.farm.score import Record

CONNECTIONS = 2  # to one host at once
GRACE = 0.1  # of the spacing: what the way over the network may shorten it by
_CONTACT = re.compile(r"https?://\S+\.\S+|\S+@\S+\.\S+")


class Manners:
    """``spacing``: seconds of the farm's clock between two requests to a host; 0 where the clock cannot tell."""

    def __init__(self, record: Record, spacing: float = 1.0) -> None:
        self._record = record
        self._spacing = spacing * (1 - GRACE)
        self._known: set[str] = set()  # agents that say who they are
        self._last: dict[str, float] = {}  # host → its last request
        self._open: Counter[str] = Counter()

    def judge(self, asked: Asked, now: float) -> None:
        """One request that is no hop of a redirect, at ``now`` (POSIX s of the farm's clock)."""
        headers = asked.headers
        agent = headers.get("user-agent", "")
        if agent not in self._known:
            self._agent(agent)
        if "cookie" in headers:
            self._record.add("cookies", address=asked.base + asked.path)
        if "referer" in headers:
            self._record.add("referer", address=asked.base + asked.path)
        if "gzip" not in headers.get("accept-encoding", ""):
            self._record.add("uncompressed", address=asked.base + asked.path)
        since = now - self._last.get(asked.host, 0.0)
        if since < self._spacing:
            self._record.add("spacing", address=asked.base + asked.path, n=round(since, 2))
        self._last[asked.host] = now

    def connected(self, host: str) -> bool:
        """A connection to one of our hosts came in; whether that may be one too many."""
        self._open[host] += 1
        return self._open[host] > CONNECTIONS

    def crowd(self, host: str) -> None:
        """See, a moment later, whether there are still too many: the end of one may be seen after the next began."""
        if self._open[host] > CONNECTIONS:
            self._record.add("crowding", host=host, n=self._open[host])

    def left(self, host: str) -> None:
        """And ended."""
        self._open[host] -= 1

    def _agent(self, agent: str) -> None:
        if _CONTACT.search(agent):
            self._known.add(agent)
        else:
            self._record.add("agent", told=agent)
