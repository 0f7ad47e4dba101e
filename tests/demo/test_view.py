# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the terminal says about a strike: short, true, within 80 columns."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from io import StringIO

import pytest
from rich.console import Console

from relay.clock import stopwatch
from relay.demo.chronicle import Chronicle, Line
from relay.demo.tally import Tally
from relay.demo.town import Town, open_town
from relay.demo.view import Moving, Plain, View, standing, summary, told, verdict
from relay.i18n import say
from relay.square.day import moment

CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
TODAY = date(2026, 12, 17)
GOOD = Tally(30, {"mastodon/desk": 30, "bluesky/desk.test": 30}, 0, 0, 0, {"p50": 0.1, "p95": 0.2, "max": 0.3})
LINE = Line(
    datetime(2026, 12, 17, 8, 5, tzinfo=UTC), say("Something happens. {more}", more="Very long words. " * 9), "edge"
)


@pytest.mark.parametrize(
    ("tally", "sign"),
    [
        (GOOD, "✓"),
        (replace(GOOD, duplicates=1), "✗"),
        (replace(GOOD, missing=1), "✗"),
        (replace(GOOD, outside_window=1), "✗"),
    ],
)
def test_the_summary_never_calls_a_discrepancy_a_success(tally: Tally, sign: str) -> None:
    assert sign == summary(tally).plain[0]


def test_the_verdict_holds_the_figures() -> None:
    expected = "articles: 30 · notices: 60 · duplicates: 0 · missing: 0 · outside the window: 0"
    assert expected == str(verdict(GOOD))


def test_a_line_of_the_story_begins_with_the_newsrooms_time() -> None:
    assert told(LINE).plain.startswith("09:05 ● Something happens.")


@pytest.mark.parametrize(
    ("at", "words"),
    [
        ("08:39:30", "Before the strike: it begins in 20 min."),
        ("09:00:30", "On strike: 9 h 59 left."),
        ("18:50:30", "On strike: 9 min left."),
        ("19:00", "The strike is over."),
    ],
)
async def test_it_says_where_the_strike_stands(at: str, words: str) -> None:
    """The town's clock is slowed down, so that it stands nearly still."""
    async with open_town(TODAY) as town:
        town.clock.factor = 0.001
        town.clock.move_to(moment(TODAY, at))
        assert words == str(standing(town))


async def shown(view: View, output: StringIO) -> str:
    async with open_town(TODAY) as town:
        town.break_of_day()
        with view:
            view.show([LINE], [LINE], town, town.clock.now() + timedelta(hours=1))
    return output.getvalue()


async def test_the_live_view_keeps_to_80_columns() -> None:
    output = StringIO()
    console = Console(file=output, width=80, height=30, color_system=None, force_terminal=True, legacy_windows=False)
    lines = (await shown(Moving(console), output)).splitlines()
    assert 80 == max(len(CONTROL.sub("", line)) for line in lines)


async def test_without_a_terminal_a_line_is_a_line() -> None:
    output = StringIO()
    text = await shown(Plain(Console(file=output, width=80)), output)
    assert [told(LINE).plain] == text.splitlines()


async def test_each_thing_is_told_once() -> None:
    async with open_town(TODAY) as town:
        town.clock.move_to(moment(TODAY, "19:00"))
        chronicle = Chronicle(town)
        first, second = chronicle.look(), chronicle.look()
    assert (["The window opens: on strike until 19:00.", "The window closes: the relay stops by itself."], []) == (
        [str(line.text) for line in first],
        second,
    )


async def test_the_town_knows_when_something_arrived_by_its_own_clock() -> None:
    async with open_town(TODAY) as town:
        town.break_of_day()
        assert abs(later(town, 1.0) - timedelta(minutes=24)) < timedelta(minutes=1)


def later(town: Town, seconds: float) -> timedelta:
    return town.clock.at(stopwatch() + seconds) - town.clock.now()
