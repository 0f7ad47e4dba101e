# SPDX-License-Identifier: AGPL-3.0-or-later
"""``piquet audit``: the sums of a strike, every gap in one line, and an exit code that tells."""

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from typer.testing import Result

Piquet = Callable[..., Result]


def lines(done: Result) -> list[str]:
    return [line.strip() for line in done.stdout.splitlines()]


def damage(home: Path, statement: str) -> None:
    with closing(sqlite3.connect(home / "piquet.db")) as database, database:
        assert 1 == database.execute(statement).rowcount


def test_a_strike_that_adds_up(struck: Piquet) -> None:
    done = struck("audit", "--read-back")
    assert 0 == done.exit_code, done.output
    said = lines(done)
    assert "1 article · 1 window · 2 accounts" in said
    assert "6 notices had to be: 4 sent · 2 waiting" in said
    assert "✓ It adds up." in said


def test_every_gap_is_one_line_with_what_to_do(struck: Piquet, home: Path) -> None:
    damage(home, "UPDATE delivery SET remote_id = '' WHERE action = 'publish' AND state = 'sent' AND id = 1")
    done = struck("audit")
    assert 1 == done.exit_code
    [gap] = [line for line in lines(done) if line.startswith("✗ start")]
    assert gap.startswith("✗ start notice (2026-12-17 09:0")
    assert gap.endswith("it counts as sent, but nothing proves it: look at the account")


def test_what_was_deleted_on_the_network_is_missed(struck: Piquet, town: Any) -> None:
    [post] = [each for each in town.mastodon.public() if "Un" in each.text]
    del town.mastodon.instance.statuses[post.id]
    assert 0 == struck("audit").exit_code
    done = struck("audit", "--read-back")
    assert 1 == done.exit_code
    assert any(line.startswith("✗ “Un” (") and post.url in line for line in lines(done)), done.output


def test_machines_are_told_as_well(struck: Piquet, home: Path) -> None:
    damage(home, "DELETE FROM delivery WHERE id = 2")
    done = struck("audit", "--json")
    [report] = json.loads(done.stdout)
    assert (1, False, 6) == (done.exit_code, report["adds_up"], report["expected"])
    assert ["undelivered"] == [gap["wrong"] for gap in report["gaps"]]


def test_there_is_nothing_to_account_for_yet(ready: Piquet, plan: Piquet) -> None:
    assert 0 == plan().exit_code
    done = ready("audit")
    assert (0, True) == (done.exit_code, "No strike was armed yet" in done.stdout)


def test_a_strike_that_is_not_there(ready: Piquet) -> None:
    done = ready("audit", "--strike", "7")
    assert (2, True) == (done.exit_code, "piquet strike list" in done.stderr)
