# SPDX-License-Identifier: AGPL-3.0-or-later
"""``piquet init``: the evening before in questions, skipped and taken up again, or all in options."""

import json
import re
import urllib.parse
import urllib.request
from collections.abc import Callable
from typing import Any

import pytest
from typer.testing import Result

from relay.cli import connecting
from relay.networks import mastodon_oauth
from relay.networks.mastodon_oauth import Asked

Piquet = Callable[..., Result]


def answers(*lines: str) -> str:
    return "".join(f"{line}\n" for line in lines)


def approve(address: str, account: str) -> str:
    """What a person does in a browser: open the page, approve, read the code."""
    query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(address).query))
    form = urllib.parse.urlencode({**query, "account": account}).encode()
    with urllib.request.urlopen(address.partition("?")[0], form) as page:
        return str(re.findall(r'value="([^"]+)"', page.read().decode())[0])


@pytest.fixture
def browser(monkeypatch: pytest.MonkeyPatch, town: Any) -> None:
    """The page Piquet shows is opened at once, and its code pasted where it is asked for."""
    opened: list[Asked] = []
    original = mastodon_oauth.authorisation

    def show(*given: Any) -> Asked:
        opened.append(original(*given))
        return opened[-1]

    monkeypatch.setattr(mastodon_oauth, "authorisation", show)
    account = next(iter(town.mastodon.instance.accounts))
    typed = connecting.secret
    monkeypatch.setattr(
        connecting, "secret", lambda words: approve(opened[-1].url, account) if "code" in words else typed(words)
    )


@pytest.mark.usefixtures("attended", "browser")
def test_ten_minutes_the_evening_before(piquet: Piquet, town: Any) -> None:
    """Newsroom, feed found from the front page, both accounts, wording, window, preview, armed: in one go."""
    done = piquet(
        "init",
        typed=answers(
            *("L’Écho du Lac", "", "fr"),  # the zone of this machine is right
            town.press.address,
            *("oui", "o", town.handle, town.app_password.read_text(), town.pds.address),
            *("yes", "yes", town.mastodon.address),
            *("Grève des retraites", "2026-12-17 09:00-19:00", "Deux postes manquent", "Deux postes de plus"),
            *("https://example.org/caisse", "grève", ""),
            "yes",
        ),
    )
    assert 0 == done.exit_code, done.output
    assert "An old story" in done.stdout
    assert town.app_password.read_text() not in done.output
    assert re.search(r"\d+/300", done.stdout)
    assert "piquet alert add" in done.stdout
    strike = json.loads(piquet("strike", "list", "--json").stdout)[0]
    assert ("armed", 2, ["Deux postes de plus"]) == (strike["state"], len(strike["accounts"]), strike["demands"])


@pytest.mark.usefixtures("attended")
def test_every_step_can_be_skipped_and_taken_up_later(piquet: Piquet, town: Any) -> None:
    """Only the newsroom's name is needed; each step left out names its command; the second run goes on."""
    first = piquet("init", typed=answers("Écho", "Europe/Pari", "Europe/Paris", "de", "", "", "no", "no", ""))
    assert 0 == first.exit_code, first.output
    assert ("Europe/Paris, Europe" in first.stderr, "“de” yet" in first.stderr) == (True, True)
    assert ["piquet feed add ADDRESS", "piquet strike plan"] == re.findall(r"– Later: (.*)", first.stdout)
    second = piquet("init", typed=answers("ftp://x", town.press.feed, "no", "no", ""))
    assert 0 == second.exit_code, second.output
    assert "✓ Écho, in the time zone Europe/Paris" in second.stdout
    assert town.press.feed in piquet("feed", "list").stdout.replace("\n", "")


@pytest.mark.usefixtures("attended")
def test_leaving_in_the_middle_keeps_what_was_done(piquet: Piquet) -> None:
    """Ctrl-D, Ctrl-C: calm words, and the newsroom stays."""
    done = piquet("init", typed=answers("Écho", "", ""))
    assert (130, "✗ Stopped here. What was already saved stays saved.") == (done.exit_code, done.stderr.strip())
    assert 1 == len(json.loads(piquet("newsroom", "list", "--json").stdout))


def test_with_options_nothing_is_asked(piquet: Piquet, town: Any) -> None:
    """For a script: all at once, and a second time without harm."""
    words = (
        *("init", "--name", "Écho", "--zone", "Europe/Paris", "--language", "fr", "--feed", town.press.feed),
        *("--mastodon", town.mastodon.address, "--mastodon-token-file", town.token, "--entitled"),
        *("--bluesky", town.handle, "--bluesky-token-file", town.app_password, "--service", town.pds.address),
        *("--strike", "Paie", "--window", "2026-12-17 09:00-19:00", "--demand", "Deux postes", "--arm"),
    )
    for _ in range(2):
        done = piquet(*words)
        assert 0 == done.exit_code, done.output
    assert ["armed"] == [each["state"] for each in json.loads(piquet("strike", "list", "--json").stdout)]
    assert 2 == len(json.loads(piquet("account", "list", "--json").stdout))


def test_what_is_missing_is_said_where_nobody_can_be_asked(piquet: Piquet) -> None:
    """Without a terminal there are no questions, only sentences."""
    assert (2, True) == ((done := piquet("init")).exit_code, "name" in done.stderr)
    piquet("init", "--name", "Écho")
    assert (2, True) == ((done := piquet("strike", "plan")).exit_code, "--name is missing" in done.stderr)
    done = piquet("account", "connect", "bluesky", "--handle", "desk.test", "--entitled")
    assert (2, True) == (done.exit_code, "--token-file" in done.stderr)
    done = piquet("account", "connect", "mastodon", "--instance", "mastodon.example", "--entitled")
    assert (2, True) == (done.exit_code, "--token-file" in done.stderr)


@pytest.mark.usefixtures("attended")
def test_what_is_missing_is_asked_at_a_terminal(ready: Piquet) -> None:
    """The strike's name and its window."""
    done = ready("strike", "plan", typed=answers("Paie", "2026-12-17 9h-19h"))
    assert 0 == done.exit_code, done.output
    assert "2026-12-17 09:00–19:00" in done.stdout


def test_a_secret_comes_from_the_environment_too(ready: Piquet, town: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """For a container; never from the command line, where every user of the machine could read it."""
    monkeypatch.setenv("PIQUET_TOKEN", town.token.read_text())
    assert 0 == ready("account", "connect", "mastodon", "--instance", town.mastodon.address, "--entitled").exit_code
    monkeypatch.delenv("PIQUET_TOKEN")
    done = ready("account", "connect", "mastodon", "--entitled", "--token-file", "absent.txt")
    assert (2, True) == (done.exit_code, "absent.txt" in done.stderr)
