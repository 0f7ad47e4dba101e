# SPDX-License-Identifier: AGPL-3.0-or-later
"""``piquet run`` as a process of its own: calm lines, one relay a database, a graceful stop."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from commandline import COMMAND, process, until
from typer.testing import Result

from relay import __version__
from relay.cli import inside
from relay.house import open_house

Piquet = Callable[..., Result]


@pytest.fixture
def today(ready: Piquet, monkeypatch: pytest.MonkeyPatch) -> Piquet:
    """The same commands by the machine's clock, as a process of its own has it."""
    monkeypatch.setattr(inside, "open_house", open_house)
    return ready


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_tells_what_it_does_and_stops_gracefully(today: Piquet, town: Any, number: signal.Signals) -> None:
    """What is watched, a line a notice with its address, and calm last words; exit code 0."""
    with inside.inside() as here:
        window = f"{here.now:%Y-%m-%d} 00:00 - {here.now + timedelta(days=2):%Y-%m-%d} 00:00"
    assert 0 == today("strike", "plan", "--name", "Paie", "--window", window, "--picture", "none").exit_code
    assert 0 == today("strike", "arm").exit_code
    town.press.publish("Budget : le vote reporté")
    with process("run") as made:
        assert "1 feed is watched" in until(made, "Piquet is at work")
        seen = until(made, "Budget") + until(made, "Budget")
        assert all(words in seen for words in ("✓ desk.test", "✓ @desk@", "http"))
        made.send_signal(number)
        assert made.stdout is not None
        assert "Nothing is lost" in made.stdout.read()
        assert 0 == made.wait()


def test_a_second_relay_on_the_same_database_is_turned_away(today: Piquet) -> None:
    """One sentence, exit code 1; the first goes on."""
    with process("run") as first:
        until(first, "Piquet is at work")
        second = subprocess.run([*COMMAND, "run"], capture_output=True, text=True, check=False)
        assert (1, "") == (second.returncode, second.stdout)
        assert second.stderr.startswith("✗ Another Piquet already runs")
        assert first.poll() is None


def test_an_empty_instance_says_how_to_begin(home: Any) -> None:
    """It waits, and tells what to do meanwhile."""
    with process("run") as made:
        assert "piquet init" in until(made, "at work")


@pytest.mark.parametrize(
    ("words", "expected"), [((), "fr"), (("--language", "en"), "en"), (("--language", "fr"), "fr")]
)
def test_the_language_of_the_environment_is_spoken_unless_told_otherwise(
    home: Any, words: tuple[str, ...], expected: str
) -> None:
    """Known before the first module with words in it is imported."""
    code = f"""
import sys
sys.argv = ["piquet", *{words!r}, "--version"]
from relay.cli import main
try:
    main()
finally:
    from relay.i18n import spoken
    print(spoken())
"""
    env = os.environ | {"LANG": "fr_FR.UTF-8"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=env)
    assert [f"piquet {__version__}", expected] == done.stdout.splitlines()


def test_what_is_to_be_typed_has_the_same_name_in_sentences_and_in_help(home: Any) -> None:
    """In French too."""
    told = (
        subprocess.run(
            [*COMMAND, "--language", "fr", "feed", "add", *more], capture_output=True, text=True, check=False
        )
        for more in ((), ("--help",))
    )
    missing, help_page = told
    assert missing.stderr.startswith("✗ Il manque ADRESSE")
    assert "{ADRESSE}" in help_page.stdout
