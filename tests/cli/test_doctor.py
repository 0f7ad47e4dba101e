# SPDX-License-Identifier: AGPL-3.0-or-later
"""``piquet doctor``: what would break tomorrow morning, with what to do, and the exit code that says so."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from relay.cli.ground import agreement, disk
from relay.clock import ManualClock

Piquet = Callable[..., Result]
NOW = datetime(2026, 12, 16, 18, tzinfo=UTC)


def found(done: Result) -> dict[str, list[str]]:
    """The words of each mark."""
    values = json.loads(done.stdout)
    return {mark: [v["words"] for v in values if v["mark"] == mark] for mark in ("ok", "look", "broken")}


def test_a_newsroom_that_is_ready(ready: Piquet, plan: Piquet, clock: ManualClock) -> None:
    """Nothing is broken, the exit code is 0, and what deserves a look is said."""
    plan(), ready("strike", "arm")
    clock.move_to(datetime.now(UTC))  # as the servers' own clocks
    done = ready("doctor")
    assert (0, True) == (done.exit_code, "✓ Ready for tomorrow morning." in done.stdout), done.output
    assert [] == found(ready("doctor", "--json"))["broken"]
    assert ["piquet run" in done.stdout, "piquet alert add" in done.stdout] == [True, True]


def test_an_empty_instance(piquet: Piquet) -> None:
    """It says how to begin."""
    done = piquet("doctor")
    assert (1, True, 1) == (done.exit_code, "piquet init" in done.stdout, done.stdout.count("This machine"))


def test_a_newsroom_without_anything(piquet: Piquet) -> None:
    """Each thing missing is named with its command."""
    piquet("newsroom", "add", "Écho")
    done = piquet("doctor", "--json")
    commands = ("piquet feed add", "piquet account connect", "piquet strike plan")
    assert (1, 3) == (done.exit_code, len(found(done)["broken"]))
    assert all(command in done.stdout for command in commands)


def test_what_went_wrong_overnight(ready: Piquet, plan: Piquet, town: Any, home: Path) -> None:
    """A dead feed, a revoked token, a strike that nobody armed, a key that others can read."""
    plan()
    town.press.plan.add(path="feed", method="GET", status=500, times=2)
    town.mastodon.instance.tokens.clear()
    broken = " ".join(found(ready("doctor", "--json"))["broken"])
    assert all(words in broken for words in ("status 500", "@desk@", "piquet strike arm 1")), broken
    (home / "piquet.db.key").chmod(0o644)
    assert "chmod 600" in " ".join(found(ready("doctor", "--json"))["broken"])


def test_a_house_that_does_not_open(piquet: Piquet, monkeypatch: pytest.MonkeyPatch) -> None:
    """Even then the doctor reports rather than fails."""
    monkeypatch.setenv("PIQUET_DATABASE", "sqlite:////proc/piquet/piquet.db")
    done = piquet("doctor", "--json")
    assert (1, 1) == (done.exit_code, len(found(done)["broken"]))


@pytest.mark.parametrize(
    ("apart", "mark"), [(0, "ok"), (29, "ok"), (-31, "look"), (299, "look"), (301, "broken"), (-86_400, "broken")]
)
def test_the_clock_is_compared_with_the_feeds_server(apart: int, mark: str) -> None:
    """Half a minute is nothing, five minutes open a window at the wrong time."""
    assert mark == agreement(format_datetime(NOW + timedelta(seconds=apart), usegmt=True), NOW).mark


@pytest.mark.parametrize("header", ["", "yesterday", "Wed, 16 Dec 2026 18:00:00"])
def test_a_server_that_tells_no_time(header: str) -> None:
    """Then a person compares with a watch."""
    assert "look" == agreement(header, NOW).mark


@pytest.mark.parametrize(("free", "mark"), [(10 << 30, "ok"), (500 << 20, "look"), (10 << 20, "broken")])
def test_room_on_the_disk(free: int, mark: str) -> None:
    """Below 200 MB nothing could be written down for long."""
    assert mark == disk(free, Path("/srv")).mark
