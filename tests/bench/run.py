# SPDX-License-Identifier: AGPL-3.0-or-later
"""``make bench``: every figure of the house in one run, each beside its goal. Prints, never fails a build.

Ratios are medians over alternating rounds of the same run; absolute figures are for orientation on one machine.
"""

import argparse
import asyncio
import json
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import footprint
import latency
import ledger
import rate
import workers
from rows import Missing, Row, table

GROUPS: Mapping[str, Callable[[], Awaitable[list[Row | Missing]]]] = {
    "latency": latency.rows,
    "rate": rate.rows,
    "ledger": ledger.rows,
    "workers": workers.rows,
    "footprint": footprint.rows,
}

MOST = 75  # seconds a group may take


async def measure(groups: Sequence[str]) -> list[Row | Missing]:
    """The rows of these groups; each group is printed as soon as it is measured."""
    rows = list[Row | Missing]()
    for name in groups:
        try:
            async with asyncio.timeout(MOST):
                found = await GROUPS[name]()
        except TimeoutError:
            found = [Missing(name, f"not measured in {MOST} s; is this machine busy?")]
        print(table(found), file=sys.stderr, flush=True)
        rows += found
    return rows


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--json", action="store_true", help="print one JSON object as well")
    options.add_argument("--only", nargs="+", choices=GROUPS, default=list(GROUPS), help="measure these groups")
    given = options.parse_args()
    rows = asyncio.run(measure(given.only))
    if given.json:
        found = {row.name: round(row.value, 4) for row in rows if isinstance(row, Row)}
        print(json.dumps(found, ensure_ascii=False))


if __name__ == "__main__":
    main()
