# SPDX-License-Identifier: AGPL-3.0-or-later
"""R5: a storm everywhere at once is sat out politely, and everything is said when it is over."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from simulation.fates import NEVER, SHORT_WAITS, STORM, Fate
from simulation.grounds import Grounds
from simulation.scene import Scene
from simulation.storm import ACCOUNTS, storm

FLOOD_GATES = [Fate("429", NEVER, 0.1, wait) for wait in SHORT_WAITS]


@pytest.mark.parametrize("fates", [STORM, FLOOD_GATES], ids=["429 and 503", "429, and come back at once"])
def test_a_storm_of_half_an_hour_is_drained_five_minutes_after(
    grounds: Grounds, folder: Path, fates: Sequence[Fate]
) -> None:
    """A thousand rows. No host is asked more than 250 times in five minutes of it, and soon but once a minute."""
    ran = storm(grounds.open(Scene(accounts=ACCOUNTS)), folder, 0, fates)
    assert [] == ran.verdict.faults
    assert ran.rows == 1_000
    assert ran.five_minutes <= 250
    assert ran.minute <= 1
