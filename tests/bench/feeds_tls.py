# SPDX-License-Identifier: AGPL-3.0-or-later
"""What encryption costs: CPU of a conditional look at a feed, the chain of certificates verified as always."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import process_time

import trustme
from farm_process import FarmProcess

from relay.clock import RealClock
from relay.feeds.http.answers import Memory
from relay.feeds.http.fetch import fetch
from relay.outside import Outside
from relay.outside.guard import Guard
from relay.outside.http import Door
from relay.square.farm.hosts import Hosts

FEEDS, ROUNDS, ABREAST = 300, 3, 32


async def costs() -> tuple[float, float, float]:
    """µs of CPU a look: plain on a kept connection, encrypted on a kept one, encrypted on a new one."""
    authority, trust = trustme.CA(), ssl.create_default_context()
    authority.configure_trust(trust)
    issued = authority.issue_cert(*(Hosts(1).name(number) for number in range(FEEDS)))
    with TemporaryDirectory(prefix="piquet-bench-") as folder:
        file = str(Path(folder) / "cert.pem")
        issued.private_key_and_cert_chain_pem.write_to_path(file)
        with FarmProcess(feeds=FEEDS, per_host=1) as plain:
            _, open_ = await _looks(plain, trust)
        with FarmProcess(feeds=FEEDS, per_host=1, cert=file) as encrypted:
            new, kept = await _looks(encrypted, trust)
    return open_, kept, new


async def _looks(farm: FarmProcess, trust: ssl.SSLContext) -> tuple[float, float]:
    """On new connections, and on the same again."""
    new, kept = list[float](), list[float]()
    addresses = [farm.address(number) for number in range(FEEDS)]
    async with _outside(trust) as outside:
        known = {address: (await fetch(outside, address)).memory for address in addresses}
    for _ in range(ROUNDS):
        async with _outside(trust) as outside:
            new.append(await _round(outside, known))
            kept.append(await _round(outside, known))
    return 1e6 * median(new), 1e6 * median(kept)


@asynccontextmanager
async def _outside(trust: ssl.SSLContext) -> AsyncIterator[Outside]:
    guard = Guard(["127.0.0.0/8"])
    outside = Outside(RealClock(), Door(guard, "Piquet", trust), guard)
    try:
        yield outside
    finally:
        await outside.http.aclose()


async def _round(outside: Outside, known: Mapping[str, Memory]) -> float:
    """CPU seconds a look at all of them once."""
    waiting, spent = iter(known.items()), process_time()

    async def work() -> None:
        for address, memory in waiting:
            assert (await fetch(outside, address, memory)).unchanged, address

    await asyncio.gather(*(work() for _ in range(ABREAST)))
    return (process_time() - spent) / len(known)
