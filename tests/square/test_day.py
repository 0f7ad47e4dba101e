# SPDX-License-Identifier: AGPL-3.0-or-later
"""The day of the invented newspaper holds all that the demo promises to show."""

from collections import Counter
from datetime import date

import pytest

from relay.clock import ManualClock
from relay.square.day import BEGINS, CLOSES, DAY, ENDS, EVENING, OPENS, Day, moment
from relay.square.press import Press

TODAY = date(2026, 12, 17)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(moment(TODAY, BEGINS))


async def test_the_day_is_played_to_its_end_in_order(clock: ManualClock) -> None:
    press = Press(clock)
    day = Day(press, clock, TODAY)
    await day.play()
    assert [*EVENING, *DAY] == [scene for _, scene in day.played]
    assert moment(TODAY, DAY[-1].at) == clock.now()


def test_scenes_follow_each_other_and_lie_within_the_story() -> None:
    times = [BEGINS, *(scene.at for scene in DAY), ENDS]
    assert sorted(times) == times


def test_at_least_thirty_articles_come_during_the_strike_and_some_around_it() -> None:
    times = [scene.at for scene in DAY if scene.change is None]
    before, after = sum(at < OPENS for at in times), sum(at >= CLOSES for at in times)
    assert (True, 3, 2) == (len(times) - before - after >= 30, before, after)


def test_every_change_that_must_not_cause_a_second_notice_happens_during_the_strike() -> None:
    changes = Counter(scene.change for scene in DAY if scene.change and OPENS < scene.at < CLOSES)
    assert dict.fromkeys(["edit", "redate", "relist", "withdraw", "restore", "reorder"], 1) == changes


def test_headlines_differ() -> None:
    titles = [scene.title for scene in (*EVENING, *DAY) if scene.title]
    assert len(titles) == len(set(titles))


def test_a_wall_time_is_that_of_paris() -> None:
    assert "2026-12-17T08:00:00+00:00" == moment(TODAY, "09:00").isoformat()
    assert "2026-07-14T07:00:00+00:00" == moment(date(2026, 7, 14), "09:00").isoformat()
