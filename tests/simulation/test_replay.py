# SPDX-License-Identifier: AGPL-3.0-or-later
"""A seed is a whole run: the same again, whenever and wherever it is replayed."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from simulation.crash import crash
from simulation.grounds import Grounds
from simulation.run import replay
from simulation.scene import Scene

RUN = Path(__file__).parent / "run.py"


def test_a_seed_replays_identically_a_hundred_times(grounds: Grounds, folder: Path) -> None:
    ground = grounds.open(Scene("A"))
    traces = {crash(ground, folder, "A", "1s", 90, seed=17).trace for _ in range(100)}
    assert len(traces) == 1


def test_another_seed_is_another_run(grounds: Grounds, folder: Path) -> None:
    ground = grounds.open(Scene("A"))
    assert len({crash(ground, folder, "A", "1s", 90, seed=seed).trace for seed in range(10)}) == 10


@pytest.mark.parametrize(
    "words", ["crash SEED=17 KIND=A GAP=65min STEP=90", "safety SEED=4 LATE=120", "liveness SEED=5"]
)
def test_a_seed_replays_identically_in_another_process(grounds: Grounds, folder: Path, words: str) -> None:
    """By the words that a failing run prints; whatever order Python gives to sets there."""
    ran = replay(grounds, folder, words)
    assert ran.replay == words
    for hashing in ("1", "2"):
        told = subprocess.run(
            [sys.executable, str(RUN), "--replay", words],
            env={**os.environ, "PYTHONHASHSEED": hashing},
            capture_output=True,
            text=True,
            check=True,
        )
        assert ran.trace in told.stdout
