# SPDX-License-Identifier: AGPL-3.0-or-later
"""The fault plan plays what was ordered, so that every look-alike can rely on it."""

from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web

from relay.square.faults import FaultPlan
from relay.square.stall import Stall


class Counter:
    """A server that only counts what it carried out."""

    def __init__(self, plan: FaultPlan) -> None:
        self.done = 0
        app = web.Application(middlewares=[plan.middleware])
        app.router.add_post("/say", self.say)
        self.stall = Stall(app)

    async def say(self, request: web.Request) -> web.Response:
        self.done += 1
        return web.json_response({"done": self.done})


@pytest.fixture
def plan() -> FaultPlan:
    return FaultPlan()


@pytest.fixture
async def counter(plan: FaultPlan) -> AsyncIterator[Counter]:
    counter = Counter(plan)
    await counter.stall.start()
    yield counter
    await counter.stall.stop()


async def say(counter: Counter) -> tuple[int, str, str]:
    async with (
        aiohttp.ClientSession() as session,
        session.post(counter.stall.address + "/say", data=b"x" * 200_000) as answer,
    ):
        return answer.status, answer.headers.get("Retry-After", ""), await answer.text()


async def test_a_status_is_answered_as_often_as_planned_and_nothing_is_carried_out(
    plan: FaultPlan, counter: Counter
) -> None:
    plan.add(path="^/say$", status=429, headers={"Retry-After": "30"}, body={"error": "slow"}, times=2)
    assert (429, "30", '{"error": "slow"}') == await say(counter)
    assert (429, "30", '{"error": "slow"}') == await say(counter)
    assert 0 == counter.done
    assert 200 == (await say(counter))[0]
    assert [("POST", "/say")] * 3 == plan.met


@pytest.mark.parametrize(("drop", "done"), [("before", 0), ("after", 1)])
async def test_a_cut_connection_gives_no_answer(plan: FaultPlan, counter: Counter, drop: str, done: int) -> None:
    plan.add(drop=drop)  # type: ignore[arg-type]  # parametrize knows str only
    with pytest.raises(aiohttp.ClientError):
        await say(counter)
    assert done == counter.done


async def test_a_fault_may_be_answered_although_the_request_was_carried_out(plan: FaultPlan, counter: Counter) -> None:
    plan.add(status=502, carried_out=True)
    assert 502 == (await say(counter))[0]
    assert 1 == counter.done


async def test_other_paths_and_methods_pass(plan: FaultPlan, counter: Counter) -> None:
    plan.add(path="^/other$", status=500)
    plan.add(method="GET", status=500)
    assert 200 == (await say(counter))[0]


async def test_a_wall_of_html_and_an_empty_body(plan: FaultPlan, counter: Counter) -> None:
    plan.add(html=True)
    plan.add(body="")
    status, _, text = await say(counter)
    assert (200, True) == (status, text.startswith("<!DOCTYPE html>"))
    assert (200, "", "") == await say(counter)


async def test_a_delay_only_delays(plan: FaultPlan, counter: Counter) -> None:
    plan.add(delay=0.01)
    assert 200 == (await say(counter))[0]
    assert 1 == counter.done
