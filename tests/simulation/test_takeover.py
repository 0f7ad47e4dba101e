# SPDX-License-Identifier: AGPL-3.0-or-later
"""M9: a worker that was frozen and wakes up in a lane that is no longer its own repeats nothing and loses nothing."""

from itertools import cycle
from pathlib import Path

import pytest
from simulation.grounds import Grounds
from simulation.hosts import CLASSES
from simulation.scene import Scene
from simulation.takeover import WAKES, takeover

STRIDE = 5


@pytest.mark.parametrize("kind", CLASSES)
def test_a_worker_that_wakes_up_says_nothing_twice(grounds: Grounds, folder: Path, kind: str) -> None:
    """Each class is frozen at steps of its own; the other worker is at another point of its work each time."""
    ground = grounds.open(Scene(kind))
    steps = range(1 + CLASSES.index(kind), takeover(ground, folder, kind, WAKES[0], 0).steps, STRIDE)
    ran = [takeover(ground, folder, kind, wakes, step) for step, wakes in zip(steps, cycle(WAKES), strict=False)]
    assert [] == [str(each) for each in ran if not each.verdict.clean]
    assert len(ran) > 25
