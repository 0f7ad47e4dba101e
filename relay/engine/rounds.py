# SPDX-License-Identifier: AGPL-3.0-or-later
"""How an engine gets on in this process: when it last came by, and how many drains are under way."""

from datetime import datetime

from relay.clock import stopwatch
from relay.engine.port import Drain, Sweep

MISSED = 3  # sweeps


class Rounds:
    """Counts what an engine does with the sweep and the drain it is given. ``every``: seconds between two sweeps."""

    def __init__(self, every: float) -> None:
        self._every = every
        self._last: float | None = None
        self.under_way = 0

    @property
    def begun(self) -> bool:
        """Whether an engine has come by in this process."""
        return self._last is not None

    @property
    def late(self) -> bool:
        """Whether it has missed several sweeps, or made none yet. A sweep that fails is made all the same."""
        return self._last is None or stopwatch() - self._last > MISSED * self._every

    def sweeps(self, sweep: Sweep) -> Sweep:
        """``sweep``, noticed."""

        async def noticed() -> dict[str, datetime]:
            try:
                return await sweep()
            finally:
                self._last = stopwatch()

        return noticed

    def drains(self, drain: Drain) -> Drain:
        """``drain``, counted."""

        async def counted(lane: str) -> datetime | None:
            self.under_way += 1
            try:
                return await drain(lane)
            finally:
                self.under_way -= 1

        return counted
