# SPDX-License-Identifier: AGPL-3.0-or-later
"""``piquet account forget``: asked once, done, and told plainly, with what remains to do."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from typer.testing import Result

from relay.cli.forgetting import told
from relay.deliveries.farewell import Farewell
from relay.networks.bluesky import Bluesky
from relay.store.account import Account

Piquet = Callable[..., Result]


def said(done: Result) -> str:
    """The output of a command that went well, its lines joined."""
    assert 0 == done.exit_code, done.output
    return " ".join(done.stdout.split())


def accounts(piquet: Piquet) -> dict[str, tuple[str, str | None]]:
    """State and reason by network."""
    listed = json.loads(piquet("account", "list", "--json").stdout)
    return {each["network"]: (each["state"], each["reason"]) for each in listed}


def test_an_app_password_is_left_to_its_owner(ready: Piquet) -> None:
    """Bluesky lets nobody else delete it: where to do that is said."""
    words = said(ready("account", "forget", "desk.test", "--yes"))
    for expected in ("desk.test is forgotten", "erased from the database", "App passwords, delete"):
        assert expected in words
    assert {"mastodon": ("connected", None), "bluesky": ("paused", "forgotten")} == accounts(ready)


def test_a_token_that_no_app_was_given_is_left_to_its_owner(ready: Piquet, town: Any) -> None:
    """It came from a file: only its owner can revoke it, and where is said."""
    handle = json.loads(ready("account", "list", "--json").stdout)[0]["handle"]
    words = said(ready("account", "forget", handle, "--yes"))
    for expected in (f"{handle} is forgotten", "did not take the access back", "Authorised apps"):
        assert expected in words
    assert town.token.read_text().strip() in town.mastodon.instance.tokens


@pytest.mark.usefixtures("attended")
@pytest.mark.parametrize(("answer", "state"), [("yes\n", "paused"), ("no\n", "connected"), ("\n", "connected")])
def test_it_is_asked_once(ready: Piquet, answer: str, state: str) -> None:
    """And a mere Enter forgets nobody."""
    assert "Forget desk.test (bluesky)?" in said(ready("account", "forget", "@desk.test", typed=answer))
    assert state == accounts(ready)["bluesky"][0]


def test_nobody_there_to_be_asked(ready: Piquet) -> None:
    done = ready("account", "forget", "desk.test")
    assert (2, True) == (done.exit_code, "--yes" in done.stderr)
    assert "connected" == accounts(ready)["bluesky"][0]


def test_an_unknown_handle_is_the_one_refusal(ready: Piquet) -> None:
    """The handles there are, are named; one that was forgotten already is no trouble."""
    done = ready("account", "forget", "somebody", "--yes")
    assert (2, True) == (done.exit_code, "desk.test" in done.stderr)
    said(ready("account", "forget", "desk.test", "--yes"))
    said(ready("account", "forget", "desk.test", "--yes"))


def test_a_forgotten_account_asks_for_nothing(ready: Piquet, plan: Piquet) -> None:
    """Check, status and the strike go on with the others, and it may come back."""
    said(plan())
    said(ready("account", "forget", "desk.test", "--yes"))
    assert "desk.test" not in said(ready("account", "check"))
    assert ("forgotten", False) == (
        said(ready("account", "list")).partition("desk.test bluesky ")[2].split()[0],
        "What needs a look" in said(ready("status")),
    )
    said(ready("strike", "arm"))


@pytest.mark.parametrize(
    ("done", "words", "silent"),
    [
        (Farewell(0, False, True, None, True), ("took the access back",), ("remains", "withdrawn")),
        (Farewell(2, True, True, None, True), ("2 notices were withdrawn", "still pinned"), ("App passwords",)),
        (Farewell(0, False, False, None, False), ("until nothing else reads", "App passwords"), ("pinned",)),
    ],
)
def test_what_was_done_is_told_as_it_was(done: Farewell, words: tuple[str, ...], silent: tuple[str, ...]) -> None:
    """And what remains only where something does."""
    row = Account(newsroom_id=1, network="bluesky", remote_id="did:plc:x", handle="desk.test", lane="")
    seen = "\n".join(told(done, row, Bluesky.card))
    assert ([], []) == ([each for each in words if each not in seen], [each for each in silent if each in seen])


def test_a_forgotten_account_is_connected_again(ready: Piquet, town: Any) -> None:
    said(ready("account", "forget", "desk.test", "--yes"))
    words = ("account", "connect", "bluesky", "--handle", town.handle, "--service", town.pds.address)
    assert "is connected" in said(ready(*words, "--token-file", town.app_password, "--entitled"))
    assert ("connected", None) == accounts(ready)["bluesky"]
