# SPDX-License-Identifier: AGPL-3.0-or-later
"""Sealed credentials open with the right key, in the right row, and nowhere else."""

from pathlib import Path

import pytest

from relay.faults import Unusable
from relay.store.seal import Seal, key

GIVEN = {"access_token": "s3cret-token", "instance": "https://social.example"}


def test_what_was_sealed_opens_in_its_row() -> None:
    seal = Seal(b"k" * 32)
    assert seal.open(seal.close(GIVEN, "account/1"), "account/1") == GIVEN


@pytest.mark.parametrize("change", ["row", "key", "flip", "cut", "empty"])
def test_it_opens_nowhere_else(change: str) -> None:
    seal = Seal(b"k" * 32)
    sealed, row = seal.close(GIVEN, "account/1"), "account/1"
    match change:
        case "row":
            row = "account/2"
        case "key":
            seal = Seal(b"x" * 32)
        case "flip":
            sealed = sealed[:-1] + bytes([sealed[-1] ^ 1])
        case "cut":
            sealed = sealed[:20]
        case "empty":
            sealed = b""
    with pytest.raises(Unusable, match="does not open"):
        seal.open(sealed, row)


def test_no_secret_shows_in_what_is_stored() -> None:
    assert b"s3cret" not in Seal(b"k" * 32).close(GIVEN, "account/1")


def test_a_key_file_is_made_once_and_only_for_its_owner(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "piquet.db.key"
    made = key(path, make=True)
    assert path.stat().st_mode & 0o777 == 0o600
    assert made == key(path, make=False)


def test_a_missing_key_is_not_replaced_silently(tmp_path: Path) -> None:
    with pytest.raises(Unusable, match="missing"):
        key(tmp_path / "piquet.db.key", make=False)


def test_a_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "piquet.db.key"
    key(path, make=True)
    path.chmod(0o644)
    with pytest.raises(Unusable, match="chmod 600"):
        key(path, make=False)


@pytest.mark.parametrize("text", ["", "short", "é", "A" * 60])
def test_a_file_that_is_no_key_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "piquet.db.key"
    path.write_text(text)
    path.chmod(0o600)
    with pytest.raises(Unusable, match="holds no key"):
        key(path, make=False)
