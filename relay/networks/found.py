# SPDX-License-Identifier: AGPL-3.0-or-later
"""Finds the networks that are installed, ours and strangers' alike, by the entry points ``piquet.networks``.

https://packaging.python.org/en/latest/specifications/entry-points/
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import EntryPoint, entry_points

from relay.i18n import Message, say
from relay.networks.port import Card

GROUP = "piquet.networks"


@dataclass(frozen=True)
class Found:
    """``working``: classes by name, to be called as the port says. ``broken``: why each of the others is not."""

    working: Mapping[str, type] = field(default_factory=dict)
    broken: Mapping[str, Message] = field(default_factory=dict)


def look(points: Iterable[EntryPoint] | None = None) -> Found:
    """Load every network that is announced; a broken one is listed as broken and stops nothing."""
    working: dict[str, type] = {}
    broken: dict[str, Message] = {}
    for point in entry_points(group=GROUP) if points is None else points:
        try:
            kind = point.load()
        except Exception as fault:  # a stranger's module may raise anything while it is imported
            reason = f"{type(fault).__name__}: {fault}"
            broken[point.name] = say(
                "The network module {name} cannot be loaded ({reason}). Update or remove it.",
                name=point.name,
                reason=reason,
            )
            continue
        if _fits(kind, point.name):
            working[point.name] = kind
        else:
            broken[point.name] = say(
                "The network module {name} does not fit this Piquet. Update or remove it.", name=point.name
            )
    return Found(working, broken)


def networks() -> Mapping[str, type]:
    """The classes that can be used, by name."""
    return look().working


def _fits(kind: object, name: str) -> bool:
    card = getattr(kind, "card", None)
    verbs = all(callable(getattr(kind, verb, None)) for verb in ("verify", "publish", "aclose"))
    return isinstance(kind, type) and isinstance(card, Card) and card.name == name and verbs
