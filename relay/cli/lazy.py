# SPDX-License-Identifier: AGPL-3.0-or-later
"""A group of commands whose modules are imported only when they are used: ``piquet --help`` shows a table."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any, ClassVar

import typer
from typer.core import TyperCommand

from relay.cli.nouns import Noun
from relay.cli.stumble import INTERRUPTED, told

Table = Mapping[str, tuple[str, str]]
"""Name of a command → (module that holds its ``app``, one line of help)."""


class Lazy(Noun):
    """Shows stubs, runs the real thing, and turns whatever goes wrong into one sentence and an exit code."""

    table: ClassVar[Table] = {}

    def list_commands(self, ctx: Any) -> list[str]:
        """The names in the table's order."""
        return list(self.table)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """A stub with one line of help; None if there is no such command."""
        if cmd_name not in self.table:
            return None
        return TyperCommand(cmd_name, help=self.table[cmd_name][1])

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[Any, Any, list[str]]:
        """The command itself, imported now."""
        name, _stub, rest = super().resolve_command(ctx, args)
        command = typer.main.get_command(import_module(self.table[str(name)][0]).app)
        command.name = name
        return name, command, rest

    def main(self, *given: Any, **extra: Any) -> Any:
        """Run, then leave with 0, or with what was said about the trouble."""
        extra["standalone_mode"] = False
        try:
            code = super().main(*given, **extra)
            code = told(typer.Abort()) if code == INTERRUPTED else code
        except Exception as cause:
            code = told(cause)
        raise SystemExit(code if isinstance(code, int) else 0)
