# SPDX-License-Identifier: AGPL-3.0-or-later
"""``piquet delivery``: what a person has to look at, and what becomes of it."""

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

Piquet = Callable[..., Result]


@pytest.fixture
def lost(struck: Piquet, home: Path) -> Piquet:
    """Nobody knows any more what became of the article's notice on Mastodon, delivery 7."""
    with closing(sqlite3.connect(home / "piquet.db")) as database, database:
        mine = "notice_id = 3 AND account_id = 1 AND action = 'publish'"
        [(number,)] = database.execute(f"SELECT id FROM delivery WHERE {mine}").fetchall()
        gone = "state = 'needs_human', reason = 'unsure', remote_id = '', remote_url = ''"
        database.execute(f"UPDATE delivery SET {gone} WHERE id = {number}")
    listed = json.loads(struck("delivery", "list", "--json").stdout)
    assert [(number, "needs_human", "Un")] == [(each["id"], each["state"], each["title"]) for each in listed]
    return lambda *words: struck("delivery", *(str(number) if word == "N" else word for word in words))


def state(piquet: Piquet) -> list[str]:
    return [each["state"] for each in json.loads(piquet("list", "--json").stdout)]


def test_the_list_shows_where_to_look_and_what_to_do(lost: Piquet, town: Any) -> None:
    words = lost("list").stdout
    for expected in ("(mastodon) · it may be out there or not", "“Un”", f"{town.mastodon.address}/@desk"):
        assert expected in words
    assert "→ piquet delivery sent" in words


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("due_at = '2026-12-17 10:30:00.000000'", "looks for it at 2026-12-17 11:30, in"),
        ("due_at = '2026-12-16 10:30:00.000000'", "looks for it now"),
    ],
)
def test_the_list_says_how_long_a_doubt_still_takes(lost: Piquet, home: Path, change: str, words: str) -> None:
    """By the newsroom's clocks."""
    with closing(sqlite3.connect(home / "piquet.db")) as database, database:
        database.execute(f"UPDATE delivery SET state = 'unsure', {change} WHERE state = 'needs_human'")
    assert words in lost("list").stdout


def test_a_doubt_on_a_paused_account_waits_for_it(lost: Piquet, home: Path) -> None:
    with closing(sqlite3.connect(home / "piquet.db")) as database, database:
        database.execute("UPDATE delivery SET state = 'unsure' WHERE state = 'needs_human'")
        database.execute("UPDATE account SET state = 'paused'")
    assert "piquet account connect mastodon" in lost("list").stdout


def test_status_says_that_somebody_is_needed(struck: Piquet, lost: Piquet) -> None:
    assert "“piquet delivery list” shows them" in " ".join(struck("status").stdout.split())


def test_with_its_address_the_post_is_proof_again(struck: Piquet, lost: Piquet, town: Any) -> None:
    """The network is asked for the post's own number, so that it can be deleted if the strike is recalled."""
    [post] = [each for each in town.mastodon.public() if "Un" in each.text]
    assert 0 == lost("sent", "N", post.url).exit_code
    assert [] == state(lost)
    assert 0 == struck("audit", "--read-back").exit_code


def test_said_again_it_waits_for_the_relay(lost: Piquet) -> None:
    done = lost("again", "N")
    assert (0, True) == (done.exit_code, "is said again" in done.stdout)
    assert [] == state(lost)


def test_dropped_it_is_settled(lost: Piquet) -> None:
    assert 0 == lost("drop", "N").exit_code
    assert [] == state(lost)
    assert "Nothing waits for you." in lost("list").stdout
    assert (2, True) == ((done := lost("again", "N")).exit_code, "nothing to decide" in done.stderr)


def test_a_number_that_is_not_there(lost: Piquet) -> None:
    done = lost("drop", "4711")
    assert (2, True) == (done.exit_code, "piquet delivery list" in done.stderr)
