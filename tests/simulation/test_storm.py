# SPDX-License-Identifier: AGPL-3.0-or-later
"""R5: a storm everywhere at once is sat out politely, and everything is said when it is over."""

from pathlib import Path

from simulation.grounds import Grounds
from simulation.scene import Scene
from simulation.storm import ACCOUNTS, storm


def test_a_storm_of_half_an_hour_is_drained_five_minutes_after(grounds: Grounds, folder: Path) -> None:
    """A thousand rows; meanwhile no host is asked more than 250 times in five minutes, nor an account once in 10 s."""
    ran = storm(grounds.open(Scene(accounts=ACCOUNTS)), folder, 0)
    assert [] == ran.verdict.faults
    assert ran.rows == 1_000
    assert ran.five_minutes <= 250
    assert ran.minute <= 6 * ACCOUNTS
