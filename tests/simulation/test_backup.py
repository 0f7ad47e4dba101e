# SPDX-License-Identifier: AGPL-3.0-or-later
"""M11: a relay that wakes up with the memory of yesterday repeats nothing."""

from pathlib import Path

import pytest
from simulation.backup import AGES, LONG, restored
from simulation.grounds import Grounds
from simulation.hosts import CLASSES
from simulation.scene import Scene

STRIDE = 23


@pytest.mark.parametrize("age", AGES)
@pytest.mark.parametrize("kind", CLASSES)
def test_a_restored_backup_says_nothing_twice(grounds: Grounds, folder: Path, kind: str, age: str) -> None:
    """And nothing at all before the accounts were read back; what is new since then is answered."""
    ran = restored(grounds.open(Scene(kind, LONG)), folder, kind, age, 0)
    assert ran.verdict.clean, ran


@pytest.mark.parametrize("kind", CLASSES)
def test_a_backup_taken_at_any_step_says_nothing_twice(grounds: Grounds, folder: Path, kind: str) -> None:
    """Also what was on its way when the copy was made. Each class is copied at steps of its own."""
    ground = grounds.open(Scene(kind, LONG))
    steps = restored(ground, folder, kind, "1h", 0).steps
    ran = [restored(ground, folder, kind, "24h", step) for step in range(1 + CLASSES.index(kind), steps, STRIDE)]
    assert [] == [str(each) for each in ran if not each.verdict.clean]
