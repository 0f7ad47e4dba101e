# SPDX-License-Identifier: AGPL-3.0-or-later
"""``make soak``: real relays, killed again and again, on both stores side by side. The last line is JSON; the exit code
tells.
"""

import argparse
import asyncio
import json
import logging
import os
import random
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from crash.relay_process import Nursery
from crash.town import open_town
from postgres import Cluster, missing
from soak.tally import Tally
from soak.trouble import CALM, soak

from relay.store.opening import open_store

MARGIN = 120.0  # s for starting, leaving and counting


async def on(nursery: Nursery, home: Path, address: str, seed: str, seconds: float, machines: int) -> Tally:
    """A soak on one store."""
    home.mkdir()
    async with asyncio.timeout(seconds + CALM + MARGIN), open_town(nursery, home, address) as town:
        return await soak(town, random.Random(seed), seconds, machines)


async def both(minutes: float, seed: int) -> list[Tally]:
    """One relay on SQLite and, where there is a PostgreSQL, two on one server."""
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="piquet-soak-")))
        nursery = Nursery()
        stack.callback(nursery.close)
        stores = {f"sqlite:///{home / 'piquet.db'}": 1}
        if not missing():
            cluster = Cluster(fsync="on")
            cluster.start()
            stack.callback(cluster.stop)
            stores[cluster.create()] = 2
        for address in stores:
            await (await open_store(address)).aclose()  # Alembic cannot migrate two at once in one process
        work = (
            on(nursery, home / str(machines), address, f"{seed} {machines}", minutes * 60, machines)
            for address, machines in stores.items()
        )
        return await asyncio.gather(*work)


def tell(words: str) -> None:
    """At once, also into a pipe."""
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


def main() -> int:
    """Run, tell, and return 1 if anything was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10, help="how long there is trouble")
    parser.add_argument("--seed", type=int, default=random.randrange(1_000_000), help="draws faults and moments")
    asked = parser.parse_args()
    tell(f"SEED={asked.seed} MINUTES={asked.minutes:g}")
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)  # what the killed leave on the line is no news
    if missing():
        tell(f"*** SKIPPED on PostgreSQL: {missing()} ***")
        if os.environ.get("PIQUET_REQUIRE_REAL") == "1":
            return 1
    total = Tally()
    for each in asyncio.run(both(asked.minutes, asked.seed)):
        total.counts += each.counts
        total.faults += each.faults
    for words in total.faults[:20]:
        tell(words)
    tell(json.dumps(total.told))
    return int(not total.clean)


if __name__ == "__main__":
    sys.exit(main())
