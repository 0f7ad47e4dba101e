# SPDX-License-Identifier: AGPL-3.0-or-later
"""``make bench``: every figure of the house in one run, each beside its goal. Prints, never fails a build.

Ratios are medians over alternating rounds of the same run; absolute figures are for orientation on one machine.
"""

import argparse
import asyncio
import json
import sys
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import footprint
import latency
import rate


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


async def measure() -> list[Row]:
    """All rows, in the order they are printed."""
    posts = await latency.look_to_posts()
    single = await rate.one_account()
    many = await rate.fifty_accounts()
    deliveries = 50 * 6
    return [
        Row("look at the feed → both posts, p50", posts.at(0.5), "s"),
        Row("look at the feed → both posts, p95", posts.at(0.95), "s", 1.0),
        Row("look at the feed → both posts, max", posts.at(1.0), "s"),
        Row("30 articles, one account: time / bare loop's", single.value, "×", 1.1),
        Row("50 accounts, 5 hosts: rate / bare concurrent loop's", 1 / many.value, "×", 0.7, least=True),
        Row("deliveries a second, 50 accounts", deliveries / min(many.ours), "/s"),
        Row("memory of piquet run, 100 feeds", await footprint.run_megabytes(), "MB", 200),
        Row("piquet --help", footprint.help_seconds(), "s", 0.5),
    ]


def table(rows: list[Row]) -> str:
    """The rows as text, 80 columns."""
    lines = []
    for row in rows:
        goal = "" if row.goal is None else f"{'≥' if row.least else '≤'} {row.goal:g}"
        mark = {None: "", True: "met", False: "MISSED"}[row.met]
        lines.append(f"{row.name:<52} {row.value:>7.2f} {row.unit:<3} {goal:>6} {mark}")
    return "\n".join(lines)


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--json", action="store_true", help="print one JSON object instead of a table")
    given = options.parse_args()
    rows = asyncio.run(measure())
    if given.json:
        print(json.dumps({row.name: round(row.value, 4) for row in rows}, ensure_ascii=False))
    else:
        print(table(rows))


if __name__ == "__main__":
    main()
