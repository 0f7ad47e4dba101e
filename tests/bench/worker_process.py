# SPDX-License-Identifier: AGPL-3.0-or-later
"""One machine of the fleet that ``workers`` measures: the real house on a network that takes 20 ms and does nothing.

Prints a line once it works; the end of its standard input ends it.
"""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from relay.house import House, open_house
from relay.networks.port import Post, Receipt, Still
from relay.settings import Settings
from relay.testing.fake import FakePlatform

IO_S = 0.02


class Slow(FakePlatform().network()):  # type: ignore[misc]  # a class made for this platform
    """Says nothing anywhere, and takes its time over it."""

    async def publish(self, post: Post, key: str, still: Still) -> Receipt:
        await still()
        await asyncio.sleep(IO_S)
        return Receipt(key, f"https://fake.example/{key}")


@asynccontextmanager
async def opened(home: Path, database: str) -> AsyncIterator[House]:
    async with open_house(Settings(home=home, database=database, key=b"k" * 32), networks={"fake": Slow}) as made:
        yield made


async def main(home: Path, database: str) -> None:
    async with opened(home, database) as house:
        work = asyncio.create_task(house.run())
        print(os.getpid(), flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
