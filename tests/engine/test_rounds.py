# SPDX-License-Identifier: AGPL-3.0-or-later
"""Whether an engine comes by, and what it has under way."""

import asyncio
from datetime import datetime

import pytest

from relay.engine.rounds import Rounds


async def test_a_sweep_that_fails_is_made_all_the_same() -> None:
    """A database that is away does not mean that the engine stands still."""
    rounds = Rounds(every=60)

    async def fails() -> dict[str, datetime]:
        raise OSError

    assert (False, True) == (rounds.begun, rounds.late)
    with pytest.raises(OSError):  # noqa: PT011 - raised above
        await rounds.sweeps(fails)()
    assert (True, False) == (rounds.begun, rounds.late)


async def test_three_sweeps_missed_are_late() -> None:
    """However long ago the last one was."""
    rounds = Rounds(every=0)

    async def nothing() -> dict[str, datetime]:
        return {}

    await rounds.sweeps(nothing)()
    assert (True, True) == (rounds.begun, rounds.late)


async def test_drains_under_way_are_counted() -> None:
    """Until they end, well or not."""
    rounds, going = Rounds(every=60), asyncio.Event()

    async def drain(lane: str) -> datetime | None:
        await going.wait()
        if lane == "fails":
            raise OSError
        return None

    tasks = [asyncio.create_task(rounds.drains(drain)(lane)) for lane in ("ends", "fails")]
    await asyncio.sleep(0)
    assert 2 == rounds.under_way
    going.set()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert 0 == rounds.under_way
