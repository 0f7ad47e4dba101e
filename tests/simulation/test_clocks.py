# SPDX-License-Identifier: AGPL-3.0-or-later
"""M6: whatever becomes of the machine's clock, nothing is said outside the window."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from simulation.clocks import CASES, PHASES, clock, hanging, season
from simulation.grounds import Grounds
from simulation.scene import HALF_HOUR, Scene

from relay.strikes.windows import window

PLANNED = datetime(2026, 12, 17, 7, tzinfo=UTC)


@pytest.mark.parametrize("phase", PHASES)
@pytest.mark.parametrize("case", CASES)
def test_a_clock_that_is_set_says_nothing_outside_the_window(
    grounds: Grounds, folder: Path, case: str, phase: str
) -> None:
    """Mended five minutes later. A clock that was set back, or that is slightly off, costs no notice either."""
    ran = clock(grounds.planned(Scene(windows=HALF_HOUR)), folder, case, phase)
    assert ran.verdict.clean, ran


@pytest.mark.parametrize("phase", PHASES)
@pytest.mark.parametrize("case", ["+1h", "-1h", "+1d", "-1d", "1970", "2039"])
def test_a_glitch_of_the_clock_costs_nothing(grounds: Grounds, folder: Path, case: str, phase: str) -> None:
    """Wrong for twenty seconds: no strike is ended by it, no notice lost."""
    ran = clock(grounds.planned(Scene(windows=HALF_HOUR)), folder, case, phase, "glitch")
    assert ran.verdict.clean, ran


@pytest.mark.parametrize("phase", PHASES)
@pytest.mark.parametrize("case", ["+1h", "-1h", "+1d", "-1d", "1970", "2039"])
def test_a_clock_that_was_set_while_the_relay_was_off_says_nothing_outside(
    grounds: Grounds, folder: Path, case: str, phase: str
) -> None:
    """The ledger remembers the latest time it has seen: one set back holds, and costs no notice once it is mended."""
    ran = clock(grounds.planned(Scene(windows=HALF_HOUR)), folder, case, phase, "restarted")
    assert ran.verdict.clean, ran


def test_a_request_that_hangs_during_a_glitch_is_not_put_off_for_a_day(grounds: Grounds, folder: Path) -> None:
    """It is looked for, and its twins are, as if the clock had been right."""
    ran = hanging(grounds.open(Scene("B")), folder)
    assert ran.verdict.clean, ran


@pytest.mark.parametrize(
    ("opens", "closes", "begins", "hours"),
    [
        ("2027-03-28 01:30", "2027-03-28 03:30", datetime(2027, 3, 28, 0, 30, tzinfo=UTC), 1.0),
        ("2027-10-31 02:15", "2027-10-31 02:45", datetime(2027, 10, 31, 0, 15, tzinfo=UTC), 1.5),
        ("2027-10-31 01:30", "2027-10-31 03:30", datetime(2027, 10, 30, 23, 30, tzinfo=UTC), 3.0),
    ],
)
def test_the_night_in_which_clocks_change_has_its_true_length(
    grounds: Grounds, folder: Path, opens: str, closes: str, begins: datetime, hours: float
) -> None:
    """In Berlin: an hour that does not exist, and one that exists twice."""
    night = window(opens, closes, "Europe/Berlin", PLANNED)
    assert (night.opens, night.closes) == (begins, begins + timedelta(hours=hours))
    ran = season(grounds.planned(Scene("A", (night,), "Europe/Berlin")), folder, night)
    assert ran.verdict.clean, ran
