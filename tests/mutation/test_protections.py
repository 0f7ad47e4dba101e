# SPDX-License-Identifier: AGPL-3.0-or-later
"""Take each protection out of a copy of the relay, one at a time, and see its test fail: none is there for show."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from protections import PROTECTIONS, Edit, Protection

ROOT = Path(__file__).parents[2]


def copied(to: Path) -> Path:
    """Code and tests, as they stand."""
    for name in ("relay", "bridges", "tests"):
        shutil.copytree(ROOT / name, to / name, ignore=shutil.ignore_patterns("node_modules"))
    shutil.copy(ROOT / "pyproject.toml", to)
    return to


def removed(tree: Path, protection: Protection) -> None:
    for edit in protection.edits:
        file = tree / edit.file
        text = file.read_text()
        assert 1 == text.count(edit.there), (
            f"“{edit.there}” does not stand once in {edit.file}, "
            f"so “{protection.name}” was not taken out: say in tests/protections.py how it is taken out now"
        )
        file.write_text(text.replace(edit.there, edit.instead))


def outcome(tree: Path, *tests: str) -> subprocess.CompletedProcess[str]:
    """Of the tests run in ``tree``, by a pytest with no more plugins than they need: that starts in half the time."""
    given = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    lean = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONPATH": str(tree), "COLUMNS": "400"}
    command = [sys.executable, "-m", "pytest", "-p", "asyncio", "-p", "timeout", "--timeout", "90"]
    command += ["--basetemp", str(tree / "tmp"), "--tb", "short", *tests]
    return subprocess.run(command, cwd=tree, env=given | lean, capture_output=True, text=True, timeout=110, check=False)


def noticed(code: int, said: str, test: str) -> bool:
    """Whether the test failed because something it asserts did not hold.

    An error, a timeout or an import that fails would say nothing of the protection.
    """
    return code == 1 and re.search(rf"^FAILED {re.escape(test)} - (AssertionError|assert )", said, re.M) is not None


@pytest.mark.parametrize("protection", PROTECTIONS, ids=lambda each: each.name.replace(" ", "-"))
def test_without_this_protection_its_test_fails(protection: Protection, tmp_path: Path) -> None:
    tree = copied(tmp_path)
    removed(tree, protection)
    ran = outcome(tree, protection.test)
    assert noticed(ran.returncode, ran.stdout, protection.test), ran.stdout[-3000:] + ran.stderr[-1000:]


def test_with_all_protections_the_same_tests_pass(tmp_path: Path) -> None:
    tests = {protection.test for protection in PROTECTIONS}
    ran = outcome(copied(tmp_path), *tests)
    assert ran.stdout.splitlines()[-1].startswith(f"{len(tests)} passed in"), ran.stdout[-3000:] + ran.stderr[-1000:]


def test_there_are_twelve() -> None:
    assert 12 == len({protection.name for protection in PROTECTIONS})


@pytest.mark.parametrize("text", ["x = 2", "x = 1\nx = 1"], ids=["gone", "twice"])
def test_an_edit_that_does_not_fit_any_more_says_what_to_do(tmp_path: Path, text: str) -> None:
    (tmp_path / "room.py").write_text(text)
    with pytest.raises(AssertionError, match=r"say in tests/protections.py how it is taken out now"):
        removed(tmp_path, Protection("a guard", (Edit("room.py", "x = 1", "x = 0"),), ""))


@pytest.mark.parametrize(
    ("code", "said", "expected"),
    [
        (1, "FAILED a.py::test - assert 1 == 2", True),
        (1, "FAILED a.py::test - AssertionError: assert 1 == 2", True),
        (0, "1 passed in 0.1s", False),
        (1, "FAILED b.py::test - assert 1 == 2", False),
        (1, "FAILED a.py::test - Failed: Timeout (>90.0s) from pytest-timeout.", False),
        (1, "FAILED a.py::test - NameError: name 'take' is not defined", False),
        (1, "ERROR a.py::test - assert 1 == 2", False),
        (2, "ERROR a.py - ImportError: cannot import name 'take'", False),
        (4, "ERROR: not found: a.py::test", False),
    ],
)
def test_only_what_a_test_asserts_counts(code: int, said: str, expected: bool) -> None:
    assert expected == noticed(code, said, "a.py::test")
