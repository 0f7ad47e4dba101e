# SPDX-License-Identifier: AGPL-3.0-or-later
"""Take each protection out of a copy of the relay, one at a time, and see its tests fail: none is there for show."""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from protections import PROTECTIONS, Protection

ROOT = Path(__file__).parents[2]


def copied(to: Path) -> Path:
    """Code and tests, as they stand."""
    for name in ("relay", "bridges", "tests"):
        shutil.copytree(ROOT / name, to / name, ignore=shutil.ignore_patterns("node_modules", "__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", to)
    return to


def outcome(tree: Path, tests: Sequence[str]) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest", "-x", "-p", "no:randomly", "-p", "no:xdist", "--timeout", "30", *tests]
    environ = {**os.environ, "PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(command, cwd=tree, env=environ, capture_output=True, text=True, timeout=110, check=False)


def removed(tree: Path, protection: Protection) -> None:
    for edit in protection.edits:
        file = tree / edit.file
        text = file.read_text()
        assert 1 == text.count(edit.there), f"{edit.file} has changed: say anew how to remove “{protection.name}”"
        file.write_text(text.replace(edit.there, edit.instead))


@pytest.mark.parametrize("protection", PROTECTIONS, ids=lambda each: each.name.replace(" ", "-"))
def test_without_this_protection_the_suite_fails(protection: Protection, tmp_path: Path) -> None:
    tree = copied(tmp_path)
    removed(tree, protection)
    said = outcome(tree, protection.tests)
    assert (1, True) == (said.returncode, " failed" in said.stdout), said.stdout[-2000:] + said.stderr[-2000:]


def test_with_all_protections_the_same_tests_pass(tmp_path: Path) -> None:
    named = sorted({test for protection in PROTECTIONS for test in protection.tests})
    said = outcome(copied(tmp_path), named)
    assert 0 == said.returncode, said.stdout[-2000:] + said.stderr[-2000:]


def test_there_are_twelve() -> None:
    assert 12 == len(PROTECTIONS)
