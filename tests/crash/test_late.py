# SPDX-License-Identifier: AGPL-3.0-or-later
"""A server cuts the line and carries the request out all the same, after everybody has given it up.

The relays here settle after 0.4 seconds, and sweep 1, 2 and 4 seconds after the doubt.
"""

from collections.abc import Callable

from crash.town import CLOCK, SAYS, Town, unkept, unkept_after_stop


def hesitate(town: Town, seconds: float) -> None:
    """Every server does so with the next request that speaks."""
    for server in town.servers.values():
        server.plan.add(path=SAYS, drop="before", late=seconds)


async def eventually(town: Town, wrong: Callable[..., list[str]]) -> list[str]:
    """What is still wrong after the last sweep."""
    for _ in range(60):
        if not wrong(await town.states(), town):
            break
        await CLOCK.sleep(0.1)
    return wrong(await town.states(), town)


async def test_a_twin_that_turns_up_late_is_taken_back(town: Town) -> None:
    """Said again after it was looked for and not found, it stands once in the end on every network that can look."""
    hesitate(town, 0.8)
    town.publish()
    relay = town.relay()
    await town.begun(4)
    await CLOCK.sleep(1.2)
    await town.settled()
    assert [] == await eventually(town, unkept)
    assert 0 == await relay.end()


async def test_what_turns_up_after_a_crash_and_a_stop_is_accounted_for(town: Town) -> None:
    """Not found, so withdrawn; found after all, so sent: the ledger says in the end what stands."""
    hesitate(town, 1.5)
    town.publish()
    relay = town.relay()
    await town.begun(4)
    relay.kill()
    await town.stopped()
    again = town.relay()
    await town.settled()
    await CLOCK.sleep(1.5)
    assert [] == await eventually(town, unkept_after_stop)
    assert 0 == await again.end()
