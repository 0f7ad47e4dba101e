# SPDX-License-Identifier: AGPL-3.0-or-later
"""When to look again: often in a strike, politely outside, never before what was asked, never not at all."""

import random
from datetime import UTC, datetime, timedelta

import pytest

from relay.feeds.schedule import first_gap, next_look, smoothed

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


class Middle(random.Random):
    """No jitter."""

    def uniform(self, a: float, b: float) -> float:
        return (a + b) / 2


def wait(**given: object) -> float:
    return (next_look(NOW, Middle(), **given) - NOW).total_seconds()  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("given", "seconds"),
    [
        ({"strike": True}, 45),
        ({"strike": True, "gap": 60}, 45),
        ({"strike": True, "gap": 1600}, 200),
        ({"strike": True, "gap": 86_400}, 300),
        ({"strike": True, "hint": 120}, 120),
        ({"strike": True, "hint": 3600}, 300),
        ({"strike": True, "floor": 30}, 30),
        ({"strike": True, "floor": 0.5, "gap": 8}, 1),
        ({"strike": False}, 300),
        ({"strike": False, "gap": 3600}, 900),
        ({"strike": False, "gap": 10_000_000}, 21_600),
        ({"strike": False, "hint": 43_200}, 43_200),
        ({"strike": False, "hint": 10_000_000}, 86_400),
        ({"strike": True, "failures": 1}, 90),
        ({"strike": True, "failures": 3}, 360),
        ({"strike": True, "failures": 99}, 600),
        ({"strike": False, "failures": 2}, 1200),
        ({"strike": False, "failures": 10_000, "gap": 86_400}, 43_200),
        ({"strike": False, "failures": 10_000, "hint": 86_400}, 86_400),
    ],
)
def test_the_wait(given: dict[str, object], seconds: float) -> None:
    assert wait(**given) == pytest.approx(seconds)


@pytest.mark.parametrize("strike", [True, False])
def test_retry_after_is_absolute(strike: bool) -> None:
    asked = NOW + timedelta(hours=20)
    assert next_look(NOW, Middle(), strike=strike, retry_at=asked) == asked
    assert next_look(NOW, Middle(), strike=strike, retry_at=NOW) > NOW


def test_jitter_spreads_looks_by_a_tenth_and_never_before_what_was_asked() -> None:
    rng = random.Random(7)
    waits = [(next_look(NOW, rng, strike=True, gap=1600) - NOW).total_seconds() for _ in range(300)]
    assert 180 <= min(waits) < 183 < 217 < max(waits) <= 220
    assert all(next_look(NOW, rng, strike=True, hint=200) >= NOW + timedelta(seconds=200) for _ in range(100))


def test_the_gap_is_a_moving_average() -> None:
    assert (smoothed(None, 600), smoothed(600, 1100), smoothed(600, 300, articles=3)) == (600, 700, 500)


def test_the_first_guess_comes_from_the_dates_of_the_document() -> None:
    dates = [NOW, None, NOW - timedelta(minutes=10), NOW, NOW - timedelta(minutes=30)]
    assert (first_gap(dates), first_gap([NOW, None]), first_gap([])) == (1200 - 120, None, None)
