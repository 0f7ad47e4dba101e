# SPDX-License-Identifier: AGPL-3.0-or-later
"""One machine of the fleet that ``workers`` measures: the real house on a network that takes 20 ms and does nothing.

Prints a line once it works; the end of its standard input ends it.
"""

import asyncio
import os
import sys
from pathlib import Path

from crowd import Hosts, opened


async def main(home: Path, database: str) -> None:
    async with opened(home, database, Hosts()) as house:
        work = asyncio.create_task(house.run())
        print(os.getpid(), flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
