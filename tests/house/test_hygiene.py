# SPDX-License-Identifier: AGPL-3.0-or-later
"""The habits of the house that no linter knows."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from relay.log import FIELDS

ROOT = Path(__file__).parents[2]
TRACKED = [
    ROOT / name
    for name in subprocess.run(
        ["git", "ls-files", "-z", "--cached"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split("\0")
    if name and (ROOT / name).is_file()
]
PYTHON = [path for path in TRACKED if path.suffix == ".py"]
PRODUCT = [path for path in PYTHON if path.relative_to(ROOT).parts[0] in ("relay", "bridges")]
WRITTEN_BY_HAND = [path for path in PRODUCT if "versions" not in path.parts]  # migrations are generated

FORBIDDEN_NAMES = {"utils", "util", "helpers", "helper", "common", "manager", "base", "misc"}
LICENCE = "# SPDX-License-Identifier: AGPL-3.0-or-later"
# Written in two halves, so that this file passes its own test.
FOREIGN = re.compile(
    "|".join(
        [
            r"(?<![\w.])/(?:root|work)" + r"/",
            r"/home" + r"/(?!piquet\b)\w",
            r"https?://(?:files\." + r"pythonhosted|(?:test\.)?pypi" + r"|registry\.(?:npmjs|yarnpkg))",
            r"\.lib" + r"rary/(?:search|env)",
        ]
    )
)


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def functions(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def lines_of_code(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of a function without its decorators and its docstring."""
    body = node.body[1:] if ast.get_docstring(node) and len(node.body) > 1 else node.body
    return (node.end_lineno or 0) - body[0].lineno + 1 + (node.body[0].lineno - node.lineno)


def test_files_stay_small() -> None:
    """A file that passes 300 lines is split by noun."""
    assert {} == {named(path): n for path in WRITTEN_BY_HAND if (n := len(path.read_text().splitlines())) > 300}


def test_functions_stay_short() -> None:
    """A function fits on a screen, a test too: 40 lines of code."""
    long = {
        f"{named(path)}:{node.name}": lines
        for path in PYTHON
        if "versions" not in path.parts
        for node in functions(ast.parse(path.read_text()))
        if (lines := lines_of_code(node)) > 40
    }
    assert {} == long


def test_names_say_what_is_inside() -> None:
    """No drawer for odds and ends."""
    assert [] == [named(p) for p in PYTHON if FORBIDDEN_NAMES & {p.stem, *p.relative_to(ROOT).parent.parts}]


def test_every_python_file_names_its_licence() -> None:
    """On its first line, so that a file that travels alone still says it."""
    assert [] == [named(path) for path in PYTHON if not path.read_text().startswith(LICENCE)]


def test_every_module_says_what_it_is() -> None:
    """One line at least, under the licence."""
    assert [] == [named(path) for path in WRITTEN_BY_HAND if not ast.get_docstring(ast.parse(path.read_text()))]


TIME = {
    "time": {"time", "sleep", "monotonic", "perf_counter", "time_ns", "monotonic_ns", "localtime", "gmtime"},
    "datetime": {"now", "utcnow", "today"},
    "date": {"today"},
    "asyncio": {"sleep"},
    "_time": {"time"},
}


def reads_time(node: ast.AST) -> bool:
    match node:
        case ast.Attribute(value=ast.Name(id=name), attr=attr):
            return attr in TIME.get(name, ())
        case ast.Attribute(value=ast.Attribute(value=ast.Name(id="datetime"), attr=name), attr=attr):
            return attr in TIME.get(name, ())
        case ast.ImportFrom(module="time" | "asyncio" as module, names=names):
            return any(each.name in TIME[module] for each in names)
    return False


def test_only_the_clock_reads_time() -> None:
    """Everyone else is given a clock, so that tests can move it; the contract suite replaces ``sleep`` itself."""
    found = [
        f"{named(path)}:{node.lineno}"
        for path in PRODUCT
        if named(path) != "relay/clock.py" and "testing" not in path.parts
        for node in ast.walk(ast.parse(path.read_text()))
        if reads_time(node)
    ]
    assert [] == found


@pytest.mark.parametrize(
    "planted",
    ["datetime.now(UTC)", "datetime.datetime.now(UTC)", "time.time()", "asyncio.sleep(1)", "from time import sleep"],
)
def test_a_reader_of_time_would_be_found(planted: str) -> None:
    """The test above can fail."""
    assert any(reads_time(node) for node in ast.walk(ast.parse(planted)))


def test_log_fields_are_allowed_ones() -> None:
    """In production an unknown field is dropped; here it is an error."""
    unknown = [
        f"{named(path)}:{node.lineno} {word.arg}"
        for path in PRODUCT
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        if isinstance(node.func.value, ast.Name) and node.func.value.id == "log"
        if node.func.attr in ("debug", "info", "warning", "error")
        for word in node.keywords
        if word.arg not in FIELDS | {"crash"}
    ]
    assert [] == unknown


def test_nothing_names_the_machine_it_was_made_on() -> None:
    """No path of a developer's machine, no package registry, in any tracked file."""
    found = [
        f"{named(path)}:{number}"
        for path in TRACKED
        for number, line in enumerate(path.read_text(errors="ignore").splitlines(), 1)
        if FOREIGN.search(line)
    ]
    assert [] == found


@pytest.mark.parametrize("planted", ["/wo" + "rk/x", " /ro" + "ot/.cache", "https://py" + "pi.org/simple"])
def test_a_foreign_address_would_be_found(planted: str) -> None:
    """The test above can fail."""
    assert FOREIGN.search(f"see {planted}")
