# SPDX-License-Identifier: AGPL-3.0-or-later
"""What is wrong with a feed: one sentence that says so, and one that a webmaster can act on."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from relay.i18n import Message
from relay.terms import Entry


class Severity(StrEnum):
    """How much depends on it."""

    MUST = "must"  # notices would be missed, or said twice
    SHOULD = "should"  # it works by luck, or costs more than it need
    MAY = "may"  # it works; it would be better still


@dataclass(frozen=True)
class Finding:
    """One thing to mend. ``code`` names it for machines; ``example`` is the entry or header that shows it, or ""."""

    code: str
    severity: Severity
    what: Message
    how: Message
    example: str = ""

    def as_json(self) -> dict[str, str | None]:
        """For machines; the sentences in the language spoken now."""
        return {
            "code": self.code,
            "severity": str(self.severity),
            "what": str(self.what),
            "how": str(self.how),
            "example": self.example or None,
        }


def must(code: str, what: Message, how: Message, example: str = "") -> Finding:
    """Notices would be missed or doubled."""
    return Finding(code, Severity.MUST, what, how, legible(example))


def should(code: str, what: Message, how: Message, example: str = "") -> Finding:
    """It works by luck, or costs more than it need."""
    return Finding(code, Severity.SHOULD, what, how, legible(example))


def may(code: str, what: Message, how: Message, example: str = "") -> Finding:
    """It would be better still."""
    return Finding(code, Severity.MAY, what, how, legible(example))


def legible(text: str, most: int = 200) -> str:
    """What a stranger wrote, on one line of a terminal, without characters that steer it or turn the text around."""
    line = "".join(each for each in text[: most + 1] if each.isprintable())
    return line if len(line) <= most else line[: most - 1] + "…"


def shown(entry: Entry) -> str:
    """An entry as an example: what a webmaster finds it by."""
    return legible(entry.title or entry.link or entry.guid, 100)


def gravest_first(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """In the order in which to mend them."""
    order = list(Severity)
    return tuple(sorted(findings, key=lambda each: order.index(each.severity)))
