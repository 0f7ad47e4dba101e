# SPDX-License-Identifier: AGPL-3.0-or-later
"""The terminal: sentences, tables and JSON. Meaning never rests on colour; NO_COLOR is obeyed (https://no-color.org)."""

import json
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text


def _console(*, stderr: bool = False) -> Console:
    """Made anew each time: tests, pipes and terminals come and go."""
    return Console(stderr=stderr, highlight=False, soft_wrap=not (sys.stderr if stderr else sys.stdout).isatty())


def show(*parts: RenderableType) -> None:
    """Print sentences and tables; a text is never read as markup. Sentences are wrapped on a terminal only."""
    console = _console()
    for part in parts:
        console.print(Text(part) if isinstance(part, str) else part)


def complain(sentence: str) -> None:
    """One sentence about what went wrong, on stderr."""
    _console(stderr=True).print(Text.assemble(("✗ ", "bold red"), sentence))


def show_json(value: Any) -> None:
    """A value for machines; moments as ISO 8601 with Z."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2, default=_plain) + "\n")


def show_line(value: Any) -> None:
    """A value for machines on a line of its own, there at once even in a pipe."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, default=_plain) + "\n")
    sys.stdout.flush()


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return str(value)


def table(heads: Sequence[str], rows: Sequence[Sequence[str]], title: str = "") -> Table:
    """Rows under their heads; long words are folded, so that nothing is lost at 80 columns."""
    made = Table(title=title or None, title_justify="left", title_style="bold", box=None, pad_edge=False)
    for head in heads:
        made.add_column(head, overflow="fold", header_style="bold")
    for row in rows:
        made.add_row(*(Text(cell) for cell in row))
    return made
