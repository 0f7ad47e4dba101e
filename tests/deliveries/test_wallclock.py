# SPDX-License-Identifier: AGPL-3.0-or-later
"""When the machine's clock is trusted: a table of everything that happens to clocks."""

from datetime import UTC, datetime, timedelta

import pytest

from relay.deliveries.wallclock import STOOD, Reading, Sense, first, judge

NINE = datetime(2026, 12, 17, 8, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NOTHING = timedelta()


def lived(seconds: int, error: timedelta = NOTHING, rate: float = 1.0, sense: Sense | None = None) -> Sense:
    """A relay that reads its clock every 5 s, for so long after nine by true time; its clock is off by ``error``."""
    begun = 0 if sense is None else round(sense.sound.steady if sense.trial is None else sense.trial.since)
    for moment in range(begun, seconds + 1, 5):
        here = Reading(NINE + error + timedelta(seconds=moment * rate), moment)
        sense = first(here.wall, here) if sense is None else judge(sense, here)
    assert sense is not None
    return sense


@pytest.mark.parametrize(
    ("error", "at_once", "later"),
    [
        (timedelta(seconds=-1), False, False),  # a leap second, smeared or repeated
        (timedelta(milliseconds=-128), False, False),  # the largest slew of NTP
        (timedelta(seconds=-61), True, False),  # passed again by then
        (-HOUR, True, True),
        (-DAY, True, True),
        (datetime(1970, 1, 1, tzinfo=UTC) - NINE, True, True),  # an empty battery
        (timedelta(seconds=1), False, False),
        (timedelta(seconds=59), False, False),
        (timedelta(seconds=61), True, False),
        (HOUR, True, False),
        (DAY, True, False),
        (datetime(2039, 1, 1, tzinfo=UTC) - NINE, True, False),  # past what 32 bits hold
    ],
)
def test_a_clock_that_is_set_holds_the_relay(error: timedelta, at_once: bool, later: bool) -> None:
    """After 10 s and after 2 minutes: for as long as it shows a time that is over, or until a new one has stood."""
    before = lived(3600)
    assert (at_once, later) == (lived(3610, error, sense=before).held, lived(3720, error, sense=before).held)


@pytest.mark.parametrize("back", [timedelta(minutes=3), HOUR, DAY])
def test_held_until_the_clock_has_passed_the_latest_time_again(back: timedelta) -> None:
    """Nobody needs to come: time passes, or the clock is put right."""
    before = lived(3600)
    over = round(back.total_seconds())
    assert lived(3600 + over - 40, -back, sense=before).held
    assert not lived(3600 + over + 40, -back, sense=before).held
    assert not lived(3700, sense=lived(3650, -back, sense=before)).held


@pytest.mark.parametrize("forward", [timedelta(seconds=61), HOUR, DAY, timedelta(days=4400)])
def test_a_glitch_forward_and_back_does_no_harm(forward: timedelta) -> None:
    """For as long as it lasts less than a minute nothing is done by it; and below ten it leaves no trace."""
    before = lived(3600)
    assert lived(3650, forward, sense=before).held
    glitch = lived(4100, forward, sense=before)
    assert (False, before.mark, forward) == (glitch.held, glitch.mark, glitch.stepped)
    after = lived(4200, sense=glitch)
    assert (False, None, NINE + timedelta(seconds=4200)) == (after.held, after.stepped, after.mark)


@pytest.mark.parametrize(("forward", "mended"), [(HOUR, True), (NOTHING, False)])
def test_a_clock_that_was_mended_is_known_to_have_strayed(forward: timedelta, mended: bool) -> None:
    """By the process that begins meanwhile too, if it is told."""
    glitch = lived(3700, forward, sense=lived(3600))
    restarted = first(glitch.mark, Reading(NINE + forward, 0.0), strayed=glitch.strayed)
    right = Reading(glitch.mark + timedelta(seconds=60), 60.0)
    assert (mended, mended) == (lived(3800, sense=glitch).mended, judge(restarted, right).mended)
    assert not glitch.mended


def test_a_step_forward_that_has_stood_is_the_new_time() -> None:
    """From then on going back to the old one is a step back, and nothing was put off by a wrong time."""
    stood = lived(3605 + round(STOOD), HOUR, sense=lived(3600))
    assert (None, NINE + HOUR + timedelta(seconds=3605 + STOOD)) == (stood.stepped, stood.mark)
    assert lived(4300, sense=stood).held
    assert not stood.strayed


@pytest.mark.parametrize("rate", [0.95, 1.05])
def test_a_clock_that_drifts_is_not_set(rate: float) -> None:
    """Five percent is more than any machine's."""
    sense = lived(7200, rate=rate)
    assert (False, None) == (sense.held, sense.trial)


def test_a_suspended_machine_has_not_set_its_clock() -> None:
    """The steady counter goes on while it sleeps."""
    after = judge(lived(3600), Reading(NINE + timedelta(hours=7), 7 * 3600.0))
    assert Sense(NINE + timedelta(hours=7), Reading(NINE + timedelta(hours=7), 7 * 3600.0)) == after


def test_without_a_counter_that_goes_on_a_suspend_is_a_step_that_stands() -> None:
    """It costs a minute, no more."""
    away = timedelta(hours=6)
    assert lived(3605, away, sense=lived(3600)).held
    assert not lived(3700, away, sense=lived(3600)).held


@pytest.mark.parametrize(("off", "held"), [(NOTHING, False), (HOUR, False), (timedelta(seconds=-61), True)])
def test_a_process_that_begins_holds_the_clock_against_the_ledger(off: timedelta, held: bool) -> None:
    """It may have been off for a while; the time it finds has to stand before it counts."""
    sense = first(NINE, Reading(NINE + off, 17.0))
    assert (held, NINE, None) == (sense.held, sense.mark, sense.stepped)


def test_a_restart_in_the_middle_of_a_glitch_leaves_no_trace_either() -> None:
    """The machine comes up with the wrong hour, NTP puts it right: no hold."""
    wrong = first(NINE, Reading(NINE + HOUR, 0.0))
    right = judge(
        judge(wrong, Reading(NINE + HOUR + timedelta(minutes=5), 300.0)), Reading(NINE + timedelta(minutes=6), 360.0)
    )
    assert (False, NINE + timedelta(minutes=6)) == (right.held, right.mark)
