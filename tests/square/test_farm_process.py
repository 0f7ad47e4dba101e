# SPDX-License-Identifier: AGPL-3.0-or-later
"""The farm in a process of its own does what it is told, line by line."""

from collections.abc import Iterator

import pytest
from bench.farm_process import FarmProcess
from rawhttp import ask


@pytest.fixture(scope="module")
def farm() -> Iterator[FarmProcess]:
    with FarmProcess(feeds=200, per_host=10, hub_every=4) as made:
        yield made


async def test_it_publishes_and_tells_what_was_served(farm: FarmProcess) -> None:
    before = farm.ask("stats")
    farm.ask("publish", feeds=[7, 8])
    reply = await ask(farm.address(7))
    told, after = farm.ask("latencies"), farm.ask("stats")
    assert (1, [], 1) == (len(told["served"]), told["pushed"], told["unserved"])
    assert (200, 1, 2) == (reply.status, after["whole"] - before["whole"], after["published"])
    assert [f"{farm.address(n)}/a/20" for n in (7, 8)] == farm.ask("articles")["links"]
    assert 100 == farm.ask("score")["points"]


async def test_it_fails_and_heals_to_order(farm: FarmProcess) -> None:
    farm.ask("fault", name="error-500", feeds=[20, 30], seconds=3600)
    farm.ask("heal", feeds=[30])
    assert [500, 200] == [(await ask(farm.address(n))).status for n in (20, 30)]


def test_an_order_that_cannot_be_carried_out_is_told(farm: FarmProcess) -> None:
    with pytest.raises(RuntimeError, match="tired"):
        farm.ask("fault", name="tired", feeds=[1])
    assert farm.ask("stats")["seconds"] > 0
