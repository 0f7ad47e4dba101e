# SPDX-License-Identifier: AGPL-3.0-or-later
"""What is counted for those who watch over an instance, before it is written as they read it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from relay.store.gauges import Pile, Tally


@dataclass(frozen=True)
class Figures:
    """All that is shown. ``lag`` in seconds; ``under_way`` counts drains; ``held``: the clock is."""

    now: datetime
    networks: Collection[str]
    piles: Sequence[Pile]
    tally: Tally
    lag: float
    under_way: int
    held: bool
