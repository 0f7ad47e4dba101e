# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the doctor found: well, worth a look, or broken, with what to do."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from relay.i18n import Message

Mark = Literal["ok", "look", "broken"]
SIGNS: dict[Mark, tuple[str, str]] = {"ok": ("✓", "green"), "look": ("!", "yellow"), "broken": ("✗", "bold red")}


@dataclass(frozen=True)
class Finding:
    """One thing looked at. ``broken``: tomorrow morning would go wrong."""

    mark: Mark
    subject: Message
    words: Message | str


def ok(subject: Message, words: Message | str) -> Finding:
    """All is well."""
    return Finding("ok", subject, words)


def look(subject: Message, words: Message | str) -> Finding:
    """It would work; somebody should look all the same."""
    return Finding("look", subject, words)


def broken(subject: Message, words: Message | str) -> Finding:
    """It would not work."""
    return Finding("broken", subject, words)


def listed(findings: Sequence[Finding]) -> RenderableType:
    """One line each: sign, subject, words."""
    made = Table(box=None, show_header=False, pad_edge=False)
    for name in ("sign", "subject", "words"):
        made.add_column(name, overflow="fold", no_wrap=name == "sign")
    for each in findings:
        sign, style = SIGNS[each.mark]
        made.add_row(Text(sign, style=style), Text(str(each.subject)), Text(str(each.words)))
    return made


def as_value(each: Finding) -> dict[str, str]:
    """One finding for machines."""
    return {"mark": each.mark, "subject": str(each.subject), "words": str(each.words)}
