# SPDX-License-Identifier: AGPL-3.0-or-later
"""M4 and M5: a window in bad weather, 300 seeds each. ``make simulate`` tries thousands."""

from pathlib import Path

import pytest
from simulation.chaos import VERY_LATE, liveness, safety
from simulation.grounds import Grounds
from simulation.scene import HALF_HOUR, Scene

CHUNK, CHUNKS = 25, 12


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_no_weather_makes_the_relay_repeat_lose_or_overstay(grounds: Grounds, folder: Path, chunk: int) -> None:
    """Faults, outages, storms, up to six crashes, a stop: 0 twice, 0 lost, 0 unaccounted, 0 begun after the end."""
    ground = grounds.open(Scene(windows=HALF_HOUR))
    ran = [safety(ground, folder, seed) for seed in range(chunk * CHUNK, (chunk + 1) * CHUNK)]
    assert [] == [str(each) for each in ran if not each.verdict.clean]
    assert sum(each.crashes for each in ran) > CHUNK


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_five_minutes_after_all_is_well_everything_is_said(grounds: Grounds, folder: Path, chunk: int) -> None:
    """Only what a network without memory may have said already waits for a person."""
    ground = grounds.open(Scene(windows=HALF_HOUR))
    ran = [liveness(ground, folder, seed) for seed in range(chunk * CHUNK, (chunk + 1) * CHUNK)]
    assert [] == [str(each) for each in ran if not each.verdict.clean]


def test_what_a_server_carries_out_forty_minutes_late_is_taken_back(grounds: Grounds, folder: Path) -> None:
    """Class B's residual: a twin may show until the next sweep, and not for good."""
    ground = grounds.open(Scene(windows=HALF_HOUR))
    ran = [safety(ground, folder, seed, VERY_LATE) for seed in range(CHUNK)]
    assert [] == [str(each) for each in ran if not each.verdict.clean]
