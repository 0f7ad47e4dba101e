# SPDX-License-Identifier: AGPL-3.0-or-later
"""SIGTERM at every point of a notice's way: the relay leaves within ten seconds, and the next one does the rest."""

from itertools import cycle

import pytest
from crash.gate import WIRE, Trap
from crash.planted import LOOKS, POINTS
from crash.relay_process import Relay
from crash.town import SAYS, Town, unkept
from sqlmodel import select

from relay.store.ledger import Delivery
from relay.terms import DeliveryState

WHERE = list(zip([*POINTS, *WIRE], cycle("BCDA"), strict=False))
SIGTERM = 15


async def in_hand(town: Town) -> int:
    """Rows that a relay has in hand, or that a dead one left so."""
    async with town.store.read() as tx:
        return len((await tx.exec(select(Delivery).where(Delivery.state == DeliveryState.SENDING))).all())


def asked_at(town: Town, point: str, kind: str) -> Relay:
    """A relay that is asked to leave at the point."""
    token = town.publish()
    if point in LOOKS:
        town.servers[kind].plan.add(path=SAYS, drop="after")
    if point not in WIRE:
        return town.struck(point, kind, token, SIGTERM)
    relay = town.relay()
    town.gates[kind].trap = Trap(point, token, relay.ask)
    return relay


@pytest.mark.parametrize(("point", "kind"), WHERE)
async def test_asked_to_leave_anywhere_it_leaves_nothing_half_claimed(town: Town, point: str, kind: str) -> None:
    """Exit code 0 in at most ten seconds, no row in its hand; the next relay goes on, and nothing is said twice."""
    kind = "A" if kind == "D" and point in LOOKS else kind
    assert 0 == await asked_at(town, point, kind).ended(10)
    assert 0 == await in_hand(town)
    relay = town.relay()
    states = await town.settled()
    assert 0 == await relay.end()
    assert [] == unkept(states, town)


async def test_servers_that_hang_do_not_hold_it_back(town: Town) -> None:
    """All four of them, in the middle of a notice: it leaves within ten seconds all the same."""
    for server in town.servers.values():
        server.plan.add(path=SAYS, delay=3600)
    town.publish()
    relay = town.relay()
    await town.begun(4)
    assert 0 == await relay.end(10)
    assert 0 == await in_hand(town)
