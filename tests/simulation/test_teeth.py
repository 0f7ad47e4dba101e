# SPDX-License-Identifier: AGPL-3.0-or-later
"""The simulation can fail: a relay without one of its protections is found out."""

from datetime import datetime
from pathlib import Path

import pytest
from simulation.chaos import SETTLE, VERY_LATE, safety
from simulation.grounds import Grounds
from simulation.scene import HALF_HOUR, Scene
from simulation.stops import ended, moments

from relay.deliveries.claim import Claim
from relay.deliveries.lastword import LastWord
from relay.deliveries.retry import Verdict
from relay.terms import DeliveryState

SEEDS = 25


def found(grounds: Grounds, folder: Path, count: str, late: float = SETTLE) -> bool:
    """Whether one of some seeds of bad weather finds any."""
    ground = grounds.open(Scene(windows=HALF_HOUR))
    return any(getattr(safety(ground, folder, seed, late).verdict, count) for seed in range(SEEDS))


def at_once(tries: int, now: datetime, *_: object) -> Verdict:
    return Verdict(DeliveryState.PENDING, "unsure", now)


def test_a_relay_that_repeats_blindly_is_found_out(
    grounds: Grounds, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("attempt", "courier", "retry"):
        monkeypatch.setattr(f"relay.deliveries.{module}.doubtful", at_once)
    assert found(grounds, folder, "duplicates")


def test_a_relay_that_never_sweeps_is_found_out(
    grounds: Grounds, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("relay.deliveries.sweep.worthwhile", lambda can: False)
    assert found(grounds, folder, "duplicates", VERY_LATE)


def test_a_relay_without_its_last_word_is_found_out(
    grounds: Grounds, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def always(self: LastWord, claim: Claim) -> None:
        """May be said."""

    monkeypatch.setattr(LastWord, "__call__", always)
    ground = grounds.open(Scene("B"))
    late = [ended(ground, folder, "B", after).verdict.after_end for after in moments(ground, folder, "B")]
    assert sum(late) > 0
