# SPDX-License-Identifier: AGPL-3.0-or-later
"""Look-alike Mastodon instances in a process of their own, so that their work is not counted as the relay's.

Prints one JSON line: the address and the tokens of each instance. A line on standard input asks for the number of
posts each has received; its end ends the process.
"""

import asyncio
import json
import sys

from relay.clock import RealClock
from relay.square.mastodon import LookalikeMastodon


async def main(hosts: int, accounts: int) -> None:
    instances = [LookalikeMastodon(RealClock(), metered=False) for _ in range(hosts)]
    for instance in instances:
        for number in range(accounts):
            instance.create_account(f"desk{number}", token=f"token-{number}")
        await instance.start()
    tokens = [f"token-{number}" for number in range(accounts)]
    print(json.dumps([{"server": instance.address, "tokens": tokens} for instance in instances]), flush=True)
    while await asyncio.to_thread(sys.stdin.readline):
        print(json.dumps([len(instance.public()) for instance in instances]), flush=True)
    for instance in instances:
        await instance.stop()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2])))
