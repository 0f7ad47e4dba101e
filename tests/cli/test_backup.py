# SPDX-License-Identifier: AGPL-3.0-or-later
"""``piquet backup``, ``piquet restore``, ``piquet move``: when a disk dies, or one machine is too small."""

import json
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from postgres import Cluster
from typer.testing import Result

from relay.cli import restore
from relay.clock import ManualClock
from relay.store.database import Store
from relay.store.opening import only_one

Piquet = Callable[..., Result]
Work = Callable[[], None]


@pytest.fixture(autouse=True)
def one_clock(monkeypatch: pytest.MonkeyPatch, clock: ManualClock) -> None:
    monkeypatch.setattr(restore, "CLOCK", clock)


@pytest.fixture
def server(postgres: Cluster, migrated_database: str) -> Iterator[str]:
    made = postgres.create(migrated_database)
    yield made
    postgres.drop(made)


def said(done: Result, code: int = 0) -> str:
    assert code == done.exit_code, done.output
    return " ".join((done.stdout if not code else done.stderr).split())


def statuses(town: Any) -> list[str]:
    return [each.text for each in town.mastodon.public()]


def answered(town: Any) -> list[str]:
    """The titles of the articles, in the order their notices were said, repeats included."""
    return [text.split("«")[1].split("»")[0].strip() for text in statuses(town) if "«" in text]


def test_a_backup_says_where_the_key_is(struck: Piquet, home: Path, tmp_path: Path) -> None:
    words = said(struck("backup", tmp_path / "evening.db"))
    assert f"✓ {tmp_path / 'evening.db'}" in words
    assert f"keep a copy of {home / 'piquet.db.key'} elsewhere" in words
    assert "--force" in said(struck("backup", tmp_path / "evening.db"), 2)


def test_before_the_first_account_there_is_no_key_to_keep(piquet: Piquet, tmp_path: Path) -> None:
    assert 0 == piquet("newsroom", "add", "Le Quotidien", "--zone", "Europe/Paris").exit_code
    assert "key" not in said(piquet("backup", str(tmp_path / "kept")))


def test_after_a_restore_nothing_is_said_twice(
    struck: Piquet, a_while: Work, town: Any, home: Path, tmp_path: Path
) -> None:
    """The real adapters read their accounts back: the article since the backup is found on both."""
    said(struck("backup", tmp_path / "a.db"))
    town.press.publish("Deux")
    a_while()
    before = statuses(town)
    words = said(struck("restore", tmp_path / "a.db"))
    for expected in (
        "is read back",
        "before-restore-20261217",
        "goes on as the backup has it",
        "reads 2 accounts back",
    ):
        assert expected in words
    assert 1 == len(list(home.glob("piquet.db.before-restore-*")))
    a_while()
    assert before == statuses(town)
    assert 0 == struck("audit", "--read-back").exit_code
    town.press.publish("Trois")
    a_while()
    assert ["Un", "Deux", "Trois"] == answered(town)


def test_status_says_what_everything_waits_for(struck: Piquet, a_while: Work, tmp_path: Path) -> None:
    said(struck("backup", tmp_path / "a.db"))
    said(struck("restore", tmp_path / "a.db"))
    assert "read back after the restore" in said(struck("status"))
    assert "is paused" in said(struck("restore", "--go-on"))
    assert "No account is waited for" in said(struck("restore", "--go-on"))
    said(struck("account", "check"))
    a_while()
    assert "read back after the restore" not in said(struck("status"))


def test_a_database_that_is_lost_comes_back(struck: Piquet, home: Path, tmp_path: Path) -> None:
    """Nothing of it has to open for that."""
    said(struck("backup", tmp_path / "a.db"))
    (home / "piquet.db").write_bytes(b"gone" * 1000)
    said(struck("restore", tmp_path / "a.db"))
    assert [1] == [each["strike"] for each in json.loads(struck("audit", "--json").stdout)]
    [aside] = home.glob("piquet.db.before-restore-*Z")
    assert b"gone" == aside.read_bytes()[:4]
    assert 0o600 == (home / "piquet.db").stat().st_mode & 0o777


def test_a_relay_at_work_is_left_alone(struck: Piquet, home: Path, tmp_path: Path) -> None:
    said(struck("backup", tmp_path / "a.db"))
    before = (home / "piquet.db").read_bytes()
    with only_one(Store(f"sqlite:///{home / 'piquet.db'}")):
        assert "already runs" in said(struck("restore", tmp_path / "a.db"), 1)
        assert "already runs" in said(struck("move", "--to", f"sqlite:///{tmp_path / 'b.db'}"), 1)
    assert before == (home / "piquet.db").read_bytes()
    assert [] == list(home.glob("*restor*"))


def test_a_backup_of_a_newer_piquet_is_refused(struck: Piquet, home: Path, tmp_path: Path) -> None:
    said(struck("backup", tmp_path / "a.db"))
    with closing(sqlite3.connect(tmp_path / "a.db")) as database, database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    assert "newer Piquet" in said(struck("restore", tmp_path / "a.db"), 1)
    assert [] == list(home.glob("*restor*"))


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        ((), 2, "--go-on"),
        (("nowhere.db",), 1, "no backup of Piquet"),
        (("letter.txt",), 1, "no backup of Piquet"),
    ],
)
def test_what_cannot_be_read_back(
    struck: Piquet, tmp_path: Path, words: tuple[str, ...], code: int, sentence: str
) -> None:
    (tmp_path / "letter.txt").write_text("Dear editor")
    assert sentence in said(struck("restore", *words), code)


def test_a_key_that_does_not_fit_is_said_at_once(struck: Piquet, home: Path, tmp_path: Path) -> None:
    said(struck("backup", tmp_path / "a.db"))
    (home / "piquet.db.key").unlink()
    assert "bring it back from where you keep it" in said(struck("restore", tmp_path / "a.db"))


def test_from_one_machine_to_many(
    struck: Piquet, a_while: Work, town: Any, home: Path, server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Moved, compared, and the strike goes on over there without saying anything twice."""
    words = said(struck("move", "--to", server))
    for expected in ("rows are moved and compared", "1 audit is the same", server, f"{home / 'piquet.db.key'}"):
        assert expected in words
    assert "not empty" in said(struck("move", "--to", server), 2)
    monkeypatch.setenv("PIQUET_DATABASE", server)
    monkeypatch.setenv("PIQUET_KEY_FILE", str(home / "piquet.db.key"))
    town.press.publish("Deux")
    a_while()
    assert 0 == struck("audit", "--read-back").exit_code
    assert ["Un", "Deux"] == answered(town)


def test_a_server_is_backed_up_and_restored(
    struck: Piquet, home: Path, server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same commands, the same file; what the server held is kept as a backup first."""
    said(struck("backup", tmp_path / "a.db"))
    monkeypatch.setenv("PIQUET_DATABASE", server)
    monkeypatch.setenv("PIQUET_KEY_FILE", str(shutil.copy(home / "piquet.db.key", tmp_path / "key")))
    said(struck("restore", tmp_path / "a.db"))
    assert [1] == [each["strike"] for each in json.loads(struck("audit", "--json").stdout)]
    said(struck("backup", tmp_path / "b.db"))
    words = said(struck("restore", tmp_path / "b.db"))
    [aside] = home.glob("piquet.before-restore-*.db")
    assert str(aside) in words
