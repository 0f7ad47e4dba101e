# SPDX-License-Identifier: AGPL-3.0-or-later
"""SIGKILL of a real relay at every point of a notice's way, on every class of network, and one notice stands after it.

The relay is killed while it works on one account's notice, started again, killed at the same point of the next
account's, and so on; what the last one leaves is counted on the servers and in the ledger.
"""

import signal

import pytest
from crash.gate import WIRE, Trap
from crash.planted import ARTICLES, LOOKS, POINTS
from crash.town import SAYS, Town, unkept

INSIDE = [point for point in POINTS if point not in ARTICLES]


async def killed(town: Town, point: str, kind: str) -> None:
    """One relay's life, from its start to its death at the point."""
    token = town.publish()
    if point in LOOKS:
        town.servers[kind].plan.add(path=SAYS, drop="after")
    if point in WIRE:
        relay = town.relay()
        town.gates[kind].trap = Trap(point, token, relay.kill)
    else:
        relay = town.struck(point, kind, token)
    assert -signal.SIGKILL == await relay.ended(30), f"never came to {point} on {kind}"


async def outcome(town: Town) -> list[str]:
    """What is wrong once the last relay has done its work and left, politely asked."""
    relay = town.relay()
    states = await town.settled()
    assert 0 == await relay.end()
    return unkept(states, town)


@pytest.mark.parametrize("point", ARTICLES)
async def test_killed_on_the_way_to_the_article_every_account_says_it_once(town: Town, point: str) -> None:
    """An article and the notices it causes are written down together, or not at all."""
    for _ in range(2):
        await killed(town, point, "A")
    assert [] == await outcome(town)


@pytest.mark.parametrize("point", [*INSIDE, *WIRE])
async def test_killed_on_the_way_to_the_network_every_account_says_it_once(town: Town, point: str) -> None:
    """And the one network that can neither repeat nor look says it at most once, then asks a person."""
    for kind in town.servers:
        if kind != "D" or point not in LOOKS:
            await killed(town, point, kind)
    assert [] == await outcome(town)
