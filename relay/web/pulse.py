# SPDX-License-Identifier: AGPL-3.0-or-later
"""The heartbeat of the event loop, to be felt from another thread: a loop that hangs cannot say so itself."""

from relay.clock import RealClock, stopwatch

BEAT = 0.25  # seconds
STUCK = 1.0  # seconds a beat may be late


class Pulse:
    """``run`` beats in the loop, in real time; ``lag`` and ``stuck`` may be asked from any thread."""

    def __init__(self) -> None:
        self._beat = stopwatch()

    async def run(self) -> None:
        """Beat until cancelled."""
        while True:
            self._beat = stopwatch()
            await RealClock().sleep(BEAT)

    @property
    def lag(self) -> float:
        """Seconds by which the loop is late."""
        return max(0.0, stopwatch() - self._beat - BEAT)

    @property
    def stuck(self) -> bool:
        """Whether something keeps the loop from everything else."""
        return self.lag >= STUCK
