# SPDX-License-Identifier: AGPL-3.0-or-later
"""``piquet demo`` as people start it: a real relay, real clients, half a minute."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

PIQUET = Path(sys.executable).parent / "piquet"
FLAWLESS = {"duplicates": 0, "missing": 0, "outside_window": 0}


def told(*arguments: str, timeout: float) -> tuple[int, dict[str, Any], str]:
    """The exit code, the summary on the last line of stdout, and the story."""
    command = [PIQUET, "--language", "en", "demo", *arguments, "--json"]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=timeout, check=False, stdin=subprocess.DEVNULL
    )
    assert done.stdout.endswith("}\n"), done.stderr
    return done.returncode, json.loads(done.stdout.splitlines()[-1]), done.stderr


@pytest.mark.timeout(150)
def test_a_whole_strike_goes_without_a_flaw() -> None:
    """Every article of the window gets one notice on each account; nothing else is said, nothing outside of it."""
    code, summary, story = told("--once", timeout=120)
    articles, notices = summary["articles"], summary["notices"]
    assert (0, FLAWLESS) == (code, {name: summary[name] for name in FLAWLESS}), story
    assert (True, 2, {articles}) == (articles >= 30, len(notices), set(notices.values()))
    assert 0 < summary["latency_s"]["p50"] <= summary["latency_s"]["p95"] <= summary["latency_s"]["max"]
    beats = [
        "The window opens",
        "The start notice is on Mastodon",
        "The end notice is on Bluesky",
        "The window closes",
        "After the end, so no notice",
    ]
    assert beats == [beat for beat in beats if beat in story], story


@pytest.mark.timeout(90)
def test_it_ends_when_told_to_and_what_is_under_way_is_not_missing() -> None:
    code, summary, story = told("--seconds", "3", timeout=60)
    assert (0, FLAWLESS) == (code, {name: summary[name] for name in FLAWLESS}), story
    assert summary["articles"] < 30
