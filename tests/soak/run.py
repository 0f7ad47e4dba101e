# SPDX-License-Identifier: AGPL-3.0-or-later
"""``make soak``: real relays, killed again and again, on both stores side by side: some that say articles of a press on
servers in trouble, others that watch a farm of feeds. The last line is JSON; the exit code tells.
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
from crash.town import CLOCK, open_town
from postgres import Cluster, missing
from soak.feeds import READY, soak_feeds
from soak.tally import Tally
from soak.trouble import CALM, soak

from relay.square.farm.farm import Farm
from relay.store.opening import open_store

MARGIN = 120.0  # s for starting, leaving and counting
FEEDS, LISTED = 200, 40  # of a farm, and articles that each lists


async def on(nursery: Nursery, home: Path, address: str, seed: str, seconds: float, machines: int) -> Tally:
    """A soak on one store."""
    home.mkdir()
    async with asyncio.timeout(seconds + CALM + MARGIN), open_town(nursery, home, address) as town:
        return await soak(town, random.Random(seed), seconds, machines)


async def watching(nursery: Nursery, home: Path, address: str, seed: str, seconds: float, machines: int) -> Tally:
    """The same before a farm."""
    home.mkdir()
    farm = Farm(CLOCK, FEEDS, per_host=1, size=LISTED)
    await farm.start()
    try:
        async with asyncio.timeout(READY + seconds + CALM + MARGIN), open_town(nursery, home, address, "A") as town:
            return await soak_feeds(town, farm, random.Random(seed), seconds, machines)
    finally:
        await farm.stop()


async def both(minutes: float, seed: int) -> list[Tally]:
    """One relay on SQLite and, where there is a PostgreSQL, two on one server; each of that twice."""
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="piquet-soak-")))
        nursery = Nursery()
        stack.callback(nursery.close)
        soaks = {on: {f"sqlite:///{home / 'saying.db'}": 1}, watching: {f"sqlite:///{home / 'watching.db'}": 1}}
        if not missing():
            cluster = Cluster(fsync="on")
            cluster.start()
            stack.callback(cluster.stop)
            for stores in soaks.values():
                stores[cluster.create()] = 2
        work = []
        for kind, stores in soaks.items():
            for address, machines in stores.items():
                await (await open_store(address)).aclose()  # Alembic cannot migrate two at once in one process
                there, drawn = home / f"{kind.__name__} {machines}", f"{seed} {machines}"
                work.append(kind(nursery, there, address, drawn, minutes * 60, machines))
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
