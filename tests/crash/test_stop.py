# SPDX-License-Identifier: AGPL-3.0-or-later
"""The stop button, pressed in another process while every server hangs and the database is busy."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from crash.relay_process import Relay
from crash.town import CLOCK, SAYS, Town, unkept_after_stop

HELD = 0.2  # s that somebody else keeps the ledger to himself, again and again


@contextmanager
def busy(database: str) -> Iterator[None]:
    """Somebody else writes, most of the time."""
    over = threading.Event()

    def work() -> None:
        while not over.wait(0.02):
            if database.startswith("sqlite"):
                with sqlite3.connect(database.removeprefix("sqlite:///"), timeout=10) as connection:
                    connection.execute("BEGIN IMMEDIATE")
                    over.wait(HELD)
            else:
                with psycopg.connect(database) as connection:
                    connection.execute("LOCK TABLE delivery IN SHARE ROW EXCLUSIVE MODE")
                    over.wait(HELD)

    worker = threading.Thread(target=work)
    worker.start()
    try:
        yield
    finally:
        over.set()
        worker.join()


async def backlog(town: Town) -> Relay:
    """A relay that has far more to say than it can, since every server takes its time; some of it is said."""
    for server in town.servers.values():
        server.plan.add(path=SAYS, delay=0.3, times=1_000)
    for _ in range(4):
        town.publish()
    relay = town.relay()
    await town.begun(4)
    for _ in range(3):
        for _ in range(4):
            town.publish()
        await CLOCK.sleep(0.3)
    return relay


async def accounted(town: Town) -> list[str]:
    """What is wrong in the end: sent means that one stands, withdrawn that none does, and nothing else is an end."""
    return unkept_after_stop(await town.settled(), town)


async def test_no_request_begins_later_than_a_second_after_the_stop(town: Town) -> None:
    """By the servers' own clock; and it survives a restart."""
    relay = await backlog(town)
    with busy(town.database):
        moment = await town.stopped()
        await CLOCK.sleep(2.0)
    spoken = town.spoken()
    assert [] == [at - moment for at in spoken if at > moment + 1.0]
    assert len(spoken) < len(town.tokens) * len(town.gates)  # there was more to be said
    relay.kill()
    await relay.ended()
    again = town.relay()
    assert [] == await accounted(town)
    assert 0 == await again.end()
    assert spoken == town.spoken()


@pytest.mark.parametrize("pause", [0.0, 0.2])
async def test_killed_as_the_stop_is_committed_nothing_more_is_said(town: Town, pause: float) -> None:
    """What was under way is looked for by the next relay, which begins nothing of its own."""
    relay = await backlog(town)
    await town.stopped()
    await CLOCK.sleep(pause)
    relay.kill()
    await relay.ended()
    spoken = town.spoken()
    again = town.relay()
    assert [] == await accounted(town)
    assert 0 == await again.end()
    assert spoken == town.spoken()
