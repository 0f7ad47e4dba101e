# SPDX-License-Identifier: AGPL-3.0-or-later
"""Small parts of the screen: languages, times, places, reasons, tables."""

import inspect
import io
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from rich.console import Console
from typer import core, rich_utils

from relay.cli.asking import NO, YES
from relay.cli.moment import ago, lasting, local, stretch
from relay.cli.reasons import DELIVERY, KIND, STRIKE, because, held_because
from relay.cli.screen import table
from relay.cli.speech import chosen, given, typers_words
from relay.cli.zone import FALLBACK, guessed
from relay.deliveries import attempt, claim, retry
from relay.strikes.newsrooms import slug_of
from relay.terms import DeliveryState, NoticeKind, StrikeState, Window

NOON = datetime(2026, 12, 17, 11, tzinfo=UTC)


@pytest.mark.parametrize(
    ("arguments", "environ", "expected"),
    [
        ([], {}, "en"),
        ([], {"LANG": "fr_FR.UTF-8"}, "fr"),
        (["--language", "en", "status"], {"LANG": "fr_FR.UTF-8"}, "en"),
        (["--language=fr"], {"LANG": "C"}, "fr"),
        (["--language", "de", "status"], {"LANG": "fr_FR.UTF-8"}, "fr"),
        (["--debug", "--language=fr", "run"], {}, "fr"),
        (["newsroom", "add", "Écho", "--language", "fr"], {"LANG": "C"}, "en"),
        ([], {"LANG": "fr_FR", "PIQUET_LANGUAGE": "en"}, "en"),
        ([], {"LC_ALL": "fr_CA", "LANG": "en_US"}, "fr"),
        (["--settings", "mine.toml"], {"LANG": "en_US"}, "fr"),
        (["--settings", "broken.toml"], {"LANG": "en_US"}, "en"),
    ],
)
def test_the_language_is_known_before_the_first_option_is_read(
    arguments: list[str], environ: dict[str, str], expected: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The option comes first, then the variable, the setting, the environment."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.toml").write_text("language = 'fr'")
    (tmp_path / "broken.toml").write_text("language = ")
    assert expected == chosen(arguments, {"PIQUET_HOME": str(tmp_path), **environ})


def test_an_option_without_its_value_is_empty() -> None:
    """Typer says so later."""
    assert "" == given("--language", ["--language"])


def test_typers_own_words_are_those_we_translate() -> None:
    """A new version of Typer that says something else is found here."""
    sources = inspect.getsource(rich_utils) + inspect.getsource(core)
    assert [] == [words for words in typers_words() if f'_("{words}")' not in sources]


@pytest.mark.parametrize(
    ("tz", "timezone", "expected"),
    [
        ("Europe/London", "Europe/Paris\n", "Europe/London"),
        (":Europe/London", "", "Europe/London"),
        ("", "America/Montreal\n", "America/Montreal"),
        ("UTC", "Etc/UTC\n", FALLBACK),
        ("CET-1CEST", "nonsense", FALLBACK),
    ],
)
def test_the_machines_zone_is_a_guess_at_the_newsrooms(tz: str, timezone: str, expected: str, tmp_path: Path) -> None:
    """Where it is a place; a server on UTC tells nothing."""
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/timezone").write_text(timezone)
    assert expected == guessed({"TZ": tz}, tmp_path)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("L’Écho du Lac", "l-echo-du-lac"),
        ("Cœur de Ville", "coeur-de-ville"),
        ("  20 minutes ! ", "20-minutes"),
        ("新聞", ""),
        ("x" * 90, "x" * 40),
    ],
)
def test_a_newsrooms_short_name_can_be_typed_anywhere(name: str, expected: str) -> None:
    """Small letters, digits and hyphens."""
    assert expected == slug_of(name)


def test_times_are_those_of_the_newsrooms_wall() -> None:
    """The second day is named where a window ends on another."""
    assert "2026-12-17 12:00" == local(NOON, "Europe/Paris")
    assert "2026-12-17 12:00–19:00" == stretch(Window(NOON, NOON + timedelta(hours=7)), "Europe/Paris")
    assert "2026-12-17 12:00–2026-12-18 12:00" == stretch(Window(NOON, NOON + timedelta(days=1)), "Europe/Paris")


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (0, "0 seconds"),
        (1, "1 second"),
        (60, "1 minute"),
        (5400, "90 minutes"),
        (7200, "2 hours"),
        (172_800, "48 hours"),
        (180_000, "2 days"),
    ],
)
def test_a_length_of_time_is_said_in_its_largest_fitting_unit(seconds: int, expected: str) -> None:
    """Rounded, as people say it."""
    assert expected == str(lasting(timedelta(seconds=seconds)))


def test_never_is_a_time_too() -> None:
    """A feed that was not read yet."""
    assert ("never", "1 minute ago") == (str(ago(None, NOON)), str(ago(NOON - timedelta(minutes=1), NOON)))


def test_every_state_has_words() -> None:
    """No bare state reaches a person."""
    assert (set(StrikeState), set(DeliveryState), set(NoticeKind)) == (set(STRIKE), set(DELIVERY), set(KIND))


@pytest.mark.parametrize("reason", ["refused", "unauthorised", "held", "throttled", "unreachable", "unsure", "late"])
def test_every_reason_of_the_ledger_has_words(reason: str) -> None:
    """The word stands in the code that settles deliveries, and a sentence stands for it here."""
    assert any(f'"{reason}"' in inspect.getsource(room) for room in (attempt, claim, retry))
    assert reason != because(reason, DeliveryState.PENDING)


def test_an_unknown_reason_is_shown_as_it_is() -> None:
    """A bridge may have its own."""
    assert ("tired", "tired") == (because("tired", DeliveryState.PENDING), held_because("tired"))
    assert "may be out there" in because("unsure", DeliveryState.NEEDS_HUMAN)


def test_yes_and_no_are_understood_in_both_languages() -> None:
    """And never mean the same."""
    assert not YES & NO
    assert {"oui", "yes", "o", "y"} <= YES


def test_a_table_folds_and_loses_nothing_at_80_columns() -> None:
    """Square brackets are text, not markup."""
    out = io.StringIO()
    link = "https://journal.example/" + "x" * 100
    Console(file=out, width=80).print(table(("Title", "Link"), [("[bold]Titre[/bold]", link)]))
    lines = out.getvalue().splitlines()
    assert max(map(len, lines)) <= 80
    assert "[bold]Titre[/bold]" in out.getvalue()
    assert link in "".join(line[20:].strip() for line in lines)
