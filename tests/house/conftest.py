# SPDX-License-Identifier: AGPL-3.0-or-later
"""Every command of ``piquet``, as it is typed: a test that takes ``words`` runs once for each."""

from functools import cache
from importlib import import_module
from typing import Any

import pytest
import typer


@cache
def commands() -> dict[str, Any]:
    """“piquet feed add” and the like, with the command behind it; groups are not commands."""
    table = import_module("relay.cli.root").TABLE
    waiting = [(f"piquet {name}", typer.main.get_command(import_module(at).app)) for name, (at, _) in table.items()]
    found = {}
    while waiting:
        words, command = waiting.pop()
        below = getattr(command, "commands", None)
        if below is None:
            found[words] = command
        else:
            waiting += [(f"{words} {name}", sub) for name, sub in below.items() if not sub.hidden]
    return found


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "words" in metafunc.fixturenames:
        metafunc.parametrize("words", sorted(commands()))


@pytest.fixture
def command(words: str) -> Any:
    """The command that ``words`` run."""
    return commands()[words]
