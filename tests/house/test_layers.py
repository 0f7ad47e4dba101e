# SPDX-License-Identifier: AGPL-3.0-or-later
"""Which room may see which: the contracts of import-linter in pyproject.toml, and proof that they bite."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = shutil.ignore_patterns("__pycache__")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The house, to be spoilt."""
    for package in ("relay", "bridges"):
        shutil.copytree(ROOT / package, tmp_path / package, ignore=SOURCES)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def lint(where: Path) -> subprocess.CompletedProcess[str]:
    """lint-imports in that folder; the code there is read, not run."""
    command = [Path(sys.executable).parent / "lint-imports", "--no-cache"]
    return subprocess.run(command, cwd=where, capture_output=True, text=True, check=False)


def test_every_room_keeps_to_its_layer() -> None:
    """No import goes up, none goes sideways, and every room has its place."""
    done = lint(ROOT)
    assert 0 == done.returncode, done.stdout


@pytest.mark.parametrize(
    ("spoilt", "line", "named"),
    [
        ("relay/terms.py", "import relay.clock", "relay.terms is not allowed to import relay.clock"),
        ("relay/networks/port.py", "from relay import store", "relay.networks is not allowed to import relay.store"),
        ("relay/strikes/windows.py", "import relay.testing", "relay.strikes is not allowed to import relay.testing"),
        ("relay/notices/__init__.py", "import bridges", "relay.notices -> bridges"),
    ],
)
def test_an_import_that_goes_up_is_caught(copy: Path, spoilt: str, line: str, named: str) -> None:
    """Planted in a copy, it fails the contract by name."""
    path = copy / spoilt
    path.write_text(f"{path.read_text()}\n{line}\n")
    done = lint(copy)
    assert (1, True) == (done.returncode, named in done.stdout), done.stdout


def test_a_room_without_a_place_is_caught(copy: Path) -> None:
    """The contract is exhaustive: a new room must be given its layer."""
    (copy / "relay" / "helpers.py").touch()
    done = lint(copy)
    assert (1, True) == (done.returncode, "relay.helpers" in done.stdout), done.stdout
