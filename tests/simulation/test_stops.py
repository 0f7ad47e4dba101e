# SPDX-License-Identifier: AGPL-3.0-or-later
"""M8: a stop, or the end of the window, in the middle of everything. ``make simulate`` tries every step."""

from pathlib import Path

import pytest
from simulation.grounds import Grounds
from simulation.hosts import CLASSES
from simulation.scene import Scene
from simulation.stops import ended, moments, stopped

STRIDE = 6


@pytest.mark.parametrize("kind", CLASSES)
def test_nothing_begins_a_second_after_a_stop_at_any_step(grounds: Grounds, folder: Path, kind: str) -> None:
    """What was on its way is counted as what it turned out to be. Each class is stopped at steps of its own."""
    ground = grounds.open(Scene(kind))
    steps = range(1 + CLASSES.index(kind), stopped(ground, folder, kind, 0).steps, STRIDE)
    ran = [stopped(ground, folder, kind, step) for step in steps]
    assert [] == [str(each) for each in ran if not each.verdict.clean]
    assert len(ran) > 40


@pytest.mark.parametrize("kind", CLASSES)
def test_nothing_begins_at_the_end_or_after_wherever_it_falls(grounds: Grounds, folder: Path, kind: str) -> None:
    ground = grounds.open(Scene(kind))
    ran = [ended(ground, folder, kind, after) for after in moments(ground, folder, kind)]
    assert [] == [str(each) for each in ran if not each.verdict.clean]
    assert len(ran) > 10
