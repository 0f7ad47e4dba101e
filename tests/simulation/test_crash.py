# SPDX-License-Identifier: AGPL-3.0-or-later
"""M1: a relay killed at any step of its loop says each notice exactly once, however long it stays away."""

from pathlib import Path

import pytest
from simulation.crash import crash
from simulation.grounds import Grounds
from simulation.hosts import CLASSES
from simulation.scene import Scene

CHUNKS = 3


def absences(step: int) -> list[str]:
    """A second after every step, and a longer absence after every fourth one: ``run.py`` tries all of them."""
    longer = {0: ["65min"], 4: ["6h"]}
    return ["1s", *longer.get(step % 8, [])]


@pytest.mark.parametrize("chunk", range(CHUNKS))
@pytest.mark.parametrize("kind", CLASSES)
def test_a_crash_at_any_step_neither_loses_nor_repeats_a_notice(
    grounds: Grounds, folder: Path, kind: str, chunk: int
) -> None:
    """At most one post even on a network that can neither be repeated safely nor read back."""
    ground = grounds.open(Scene(kind))
    whole = crash(ground, folder, kind, "1s", 0)
    assert whole.verdict.clean, whole
    steps = range(1 + chunk, whole.steps + 1, CHUNKS)
    ran = [crash(ground, folder, kind, gap, step) for step in steps for gap in absences(step)]
    assert [] == [str(each) for each in ran if not each.verdict.clean]
    assert sum(each.crashes for each in ran) == len(ran) > 30
