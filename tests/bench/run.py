# SPDX-License-Identifier: AGPL-3.0-or-later
"""``make bench``: every figure of the house in one run, each beside its goal. Prints, never fails a build.

Ratios are medians over alternating rounds of the same run; absolute figures are for orientation on one machine.
"""

import argparse
import asyncio
import json
import sys
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import fanout
import feeds
import footprint
import latency
import ledger
import rate
import reaction
import workers
from rows import Missing, Row, line

from relay.clock import stopwatch

GROUPS: Mapping[str, Callable[[], AsyncGenerator[Row | Missing, None]]] = {
    "latency": latency.rows,
    "rate": rate.rows,
    "ledger": ledger.rows,
    "fanout": fanout.rows,
    "reaction": reaction.rows,
    "footprint": footprint.rows,
    "workers": workers.rows,
    "feeds": feeds.speed,
    "articles": feeds.articles,
    "faults": feeds.faults,
    "country": feeds.country,
}

MOST, ALL = 80.0, 540.0  # seconds that a group may take, and all of them


async def measure(groups: Sequence[str]) -> AsyncGenerator[Row | Missing, None]:
    """The rows of these groups, each as soon as it is measured."""
    began = stopwatch()
    for name in groups:
        left = min(MOST, ALL - (stopwatch() - began))
        try:
            async with asyncio.timeout(left), aclosing(GROUPS[name]()) as rows:
                async for row in rows:
                    yield row
        except TimeoutError:
            yield Missing(name, f"not all is measured after {left:.0f} s; is this machine busy?")


async def report(groups: Sequence[str], *, as_json: bool) -> None:
    """Print what is measured, as lines or in the end as one object."""
    found = dict[str, float]()
    async for row in measure(groups):
        print(line(row), file=sys.stderr if as_json else sys.stdout, flush=True)
        if isinstance(row, Row):
            found[row.name] = round(row.value, 4)
    if as_json:
        print(json.dumps(found, ensure_ascii=False))


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--json", action="store_true", help="print one JSON object, and the lines on standard error")
    options.add_argument("--only", nargs="+", choices=GROUPS, default=list(GROUPS), help="measure these groups")
    given = options.parse_args()
    asyncio.run(report(given.only, as_json=given.json))


if __name__ == "__main__":
    main()
