# SPDX-License-Identifier: AGPL-3.0-or-later
"""A seed is a whole run: the same again, whenever and wherever it is replayed."""

import os
import subprocess
import sys
from pathlib import Path

from simulation.crash import crash
from simulation.grounds import Grounds
from simulation.run import replay
from simulation.scene import Scene

RUN = Path(__file__).parent / "run.py"
SAID = ["crash SEED=17 KIND=A GAP=65min STEP=90", "safety SEED=5 LATE=120", "liveness SEED=5"]


def test_a_seed_replays_identically_a_hundred_times(grounds: Grounds, folder: Path) -> None:
    ground = grounds.open(Scene("A"))
    traces = {crash(ground, folder, "A", "1s", 90, seed=17).trace for _ in range(100)}
    assert len(traces) == 1


def test_another_seed_is_another_run(grounds: Grounds, folder: Path) -> None:
    ground = grounds.open(Scene("A"))
    assert len({crash(ground, folder, "A", "1s", 90, seed=seed).trace for seed in range(10)}) == 10


def test_a_seed_replays_identically_in_another_process(grounds: Grounds, folder: Path) -> None:
    """By the words that a failing run prints; whatever order Python gives to sets there."""
    ran = [replay(grounds, folder, words) for words in SAID]
    assert [each.replay for each in ran] == SAID
    for hashing in ("1", "2"):
        told = subprocess.run(
            [sys.executable, str(RUN), "--replay", *SAID],
            env={**os.environ, "PYTHONHASHSEED": hashing},
            capture_output=True,
            text=True,
            check=True,
        )
        assert [] == [str(each) for each in ran if each.trace not in told.stdout]
