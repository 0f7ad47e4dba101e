# SPDX-License-Identifier: AGPL-3.0-or-later
"""Real relays in trouble: faults on the wire, SIGKILL at drawn moments; then calm, the end, and the books."""

import asyncio
import random
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta

from crash.relay_process import Relay
from crash.town import CLOCK, SAYS, Town
from soak.tally import Tally
from sqlmodel import col, func, select

from relay.square.fault_order import Order
from relay.store.ledger import Delivery
from relay.store.strike import Slot
from relay.terms import SETTLED

CALM = 120.0  # s for what is left when the trouble is over: a host's rest, a settle time, the sweeps
CLOSING, AFTER = 3.0, 4.0  # s until the window closes, and s in which articles still come and nobody answers
FEW = 4  # articles nobody has read yet; more at once are held for a person
READS = r"statuses$|getRecord$"
SPEAKING: Sequence[Order] = (
    {"status": 500},
    {"status": 502, "carried_out": True},
    {"status": 503, "headers": {"Retry-After": "1"}},
    {"throttle": "seconds", "wait": 1},
    {"drop": "before"},
    {"drop": "after"},
    {"drop": "middle"},
    {"truncated": True},
    {"html": True},
    {"delay": 3},
    {"status": 502, "late": 0.2},
    {"status": 502, "late": 1.5},
)
READING: Sequence[Order] = ({"drop": "before"}, {"status": 500}, {"delay": 1})


async def soak(town: Town, rng: random.Random, seconds: float, machines: int = 1) -> Tally:
    """``seconds`` of trouble for so many relays at work at once, and what has come of it all."""
    tally, loop = Tally(), asyncio.get_running_loop()
    living = [town.relay() for _ in range(machines)]
    until = loop.time() + seconds
    while loop.time() < until:
        await CLOCK.sleep(rng.uniform(0.1, 1.2))
        match rng.choice(("publish", "publish", "spoil", "spoil", "kill")):
            case "publish" if await _unread(town) < FEW:
                town.publish()
            case "spoil":
                _spoil(town, rng)
            case "kill":
                await _replace(town, living, rng)
                tally.counts["kills"] += 1
    for server in town.servers.values():
        server.plan.clear()
    with suppress(TimeoutError):  # what is left is counted
        async with asyncio.timeout(CALM):
            await _at_rest(town)
    owed, closes = len(town.tokens), await _close(town)
    for relay in living:
        await relay.end()
    await _weigh(town, tally, owed, closes)
    return tally


def _spoil(town: Town, rng: random.Random) -> None:
    """What the next requests to one server meet."""
    plan = rng.choice(list(town.servers.values())).plan
    if rng.random() < 1 / 4:
        plan.add(path=READS, method="GET", **rng.choice(READING))
    else:
        plan.add(path=SAYS, times=rng.randint(1, 2), **rng.choice(SPEAKING))


async def _replace(town: Town, living: list[Relay], rng: random.Random) -> None:
    """Kill one, whatever it is doing, and start another in its place."""
    relay = living.pop(rng.randrange(len(living)))
    relay.kill()
    await relay.ended()
    await CLOCK.sleep(rng.uniform(0, 1))
    living.append(town.relay())


async def _unread(town: Town) -> int:
    return sum(not any(rows.values()) for rows in (await town.states()).values())


async def _at_rest(town: Town) -> None:
    """Returns once every article was read and nothing is left to be done, no sweep either."""
    open_rows = select(func.count()).select_from(Delivery).where(col(Delivery.state).not_in(SETTLED))
    while True:
        async with town.store.read() as tx:
            left = (await tx.exec(open_rows)).one()
        if not left and not await _unread(town):
            return
        await CLOCK.sleep(0.2)


async def _close(town: Town) -> float:
    """Have the window close in a moment, and articles come all the while; when it closed, on the loop's clock."""
    loop = asyncio.get_running_loop()
    async with town.store.write() as tx:
        slot = (await tx.exec(select(Slot))).one()
        slot.closes = CLOCK.now() + timedelta(seconds=CLOSING)
        tx.add(slot)
    closes = loop.time() + (slot.closes - CLOCK.now()).total_seconds()
    while loop.time() < closes + AFTER:
        town.publish()
        await CLOCK.sleep(1)
    return closes


async def _weigh(town: Town, tally: Tally, owed: int, closes: float) -> None:
    for number, (token, rows) in enumerate((await town.states()).items()):
        tally.weigh(token, rows, town.standing(token), owed=number < owed)
    for kind in town.servers:
        strange = [text for text in town.texts(kind) if not any(token in text for token in town.tokens)]
        if strange:
            tally.fault("unaccounted", f"{kind} says what belongs to no article: {strange[:3]}", len(strange))
    late = sum(at >= closes for at in town.spoken())
    if late:
        tally.fault("after_end", f"{late} requests began after the end", late)
