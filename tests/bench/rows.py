# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a measurement ends in: figures, each beside its goal, and sentences where there is none."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One figure and what it should be: at most ``goal``, or at least where ``least``."""

    name: str
    value: float
    unit: str
    goal: float | None = None
    least: bool = False

    @property
    def met(self) -> bool | None:
        """Whether the goal is reached; None if there is none."""
        if self.goal is None:
            return None
        return self.value >= self.goal if self.least else self.value <= self.goal


@dataclass(frozen=True)
class Missing:
    """Why a figure is not here."""

    name: str
    why: str


def line(row: Row | Missing) -> str:
    """The row as text, 90 columns."""
    if isinstance(row, Missing):
        return f"{row.name}: {row.why}"
    goal = "" if row.goal is None else f"{'≥' if row.least else '≤'} {row.goal:g}"
    mark = {None: "", True: "met", False: "MISSED"}[row.met]
    return f"{row.name:<60} {row.value:>8,.2f} {row.unit:<3} {goal:>6} {mark}".rstrip()
