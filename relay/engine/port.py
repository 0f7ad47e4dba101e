# SPDX-License-Identifier: AGPL-3.0-or-later
"""The seam of an engine: who drains which lane now, and where.

A ring carries no state. Lost or repeated it does no harm, since a sweep finds what it told of. Commit first, ring
after: what is rung for must be in the ledger when the lane is drained.
"""

from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime, timedelta
from typing import Protocol

Drain = Callable[[str], Awaitable[datetime | None]]
"""Does what is due in a lane; returns when it next has work. Cancelled, it finishes what it must and begins no more."""

Sweep = Callable[[], Awaitable[dict[str, datetime]]]
"""Every lane that has work, with its moment."""

RETRY = timedelta(seconds=5)  # after a drain that failed: disk full, database busy


class Engine(Protocol):
    """Who drains which lane now, and where."""

    def ring(self, lane: str, at: datetime | None = None) -> None:
        """Have the lane drained now, or at ``at`` if nothing asks for it earlier. Never fails for the caller."""
        ...

    def ring_all(self, lanes: Iterable[str]) -> None:
        """Ring several lanes now."""
        ...

    async def run(self, drain: Drain) -> None:
        """Work until cancelled; each drain under way is cancelled too, and finishes what it must before it ends."""
        ...

    async def aclose(self) -> None:
        """Pass on what was rung a moment ago, and give back connections."""
        ...
