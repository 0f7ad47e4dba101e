# SPDX-License-Identifier: AGPL-3.0-or-later
"""The contract, part four: whatever the server answers, or does not, comes out as the right fault."""

import asyncio
import time
from collections.abc import Mapping
from datetime import timedelta

import pytest

from relay.faults import Held, NetworkFault, Throttled, Unauthorised, Unreachable, Unsure
from relay.networks.port import Finds
from relay.testing.publishes import TEXT, publishings
from relay.testing.stage import FAULTS, Stage, fault_from, notice, willing

ALWAYS = 99
NO_ANSWER: Mapping[str, Mapping[str, object]] = {
    "html": {"html": True},
    "empty": {"body": ""},
    "an empty object": {"body": {}},
    "a list": {"body": []},
    "a word": {"body": '"ok"'},
    "half of it": {"body": '{"id": "1", "uri": "at:'},
    "redirect": {"status": 302, "headers": {"Location": "/elsewhere"}, "body": ""},
    "cut before": {"drop": "before"},
}


class Hears:
    """Statuses, cuts, nonsense, silence, and the moment to come back."""

    @pytest.mark.parametrize("status", FAULTS)
    async def test_each_status_is_its_fault(self, stage: Stage, status: int) -> None:
        """A refusal comes out as what it is, at the first answer, and the next attempt can succeed."""
        network, post = stage.network(), notice(stage, TEXT)
        stage.plan.add(path=stage.publishing, status=status, body=stage.refusal("Non."), times=ALWAYS)
        fault = await fault_from(network.publish(post, "key-1", willing))
        assert type(fault) is stage.differs.get(status, FAULTS[status])
        assert publishings(stage) == 1
        assert await stage.public() == []
        stage.plan.clear()
        await network.publish(post, "key-1", willing)
        assert len(await stage.public()) == 1

    @pytest.mark.parametrize(
        ("status", "expected"),
        [(401, Unauthorised), (403, Held), (429, Throttled), (500, Unreachable), (503, Unreachable)],
    )
    async def test_reading_fails_as_what_it_is(self, stage: Stage, status: int, expected: type[NetworkFault]) -> None:
        """A read that failed changed nothing, so it is never unsure."""
        stage.plan.add(method="*", status=status, body=stage.refusal("Non."), times=ALWAYS)
        assert type(await fault_from(stage.network().verify())) is expected

    @pytest.mark.parametrize("answer", NO_ANSWER)
    async def test_an_answer_that_says_nothing_is_unsure(self, stage: Stage, answer: str) -> None:
        """200 is no proof, and neither is silence."""
        network, post = stage.network(), notice(stage, TEXT)
        stage.plan.add(path=stage.publishing, **NO_ANSWER[answer])  # type: ignore[arg-type]  # keywords of add, as data
        assert type(await fault_from(network.publish(post, "key-1", willing))) is Unsure
        assert publishings(stage) == 1
        if isinstance(network, Finds):
            assert list(await network.find(post, "key-1")) == []

    @pytest.mark.parametrize("answer", ["html", "empty", "a word", "cut before"])
    async def test_reading_nonsense_is_unreachable(self, stage: Stage, answer: str) -> None:
        """A page of somebody else's in our way is as good as a closed door."""
        stage.plan.add(method="*", times=ALWAYS, **NO_ANSWER[answer])  # type: ignore[arg-type]  # as above
        assert type(await fault_from(stage.network().verify())) is Unreachable

    @pytest.mark.parametrize("how", [{"drop": "after"}, {"status": 502, "carried_out": True}], ids=["cut", "502"])
    async def test_carried_out_but_unheard_is_unsure_and_found(self, stage: Stage, how: Mapping[str, object]) -> None:
        """The post stands, we did not hear it: looking finds it, and nothing is said twice."""
        network, post = stage.network(), notice(stage, TEXT)
        stage.plan.add(path=stage.publishing, **how)  # type: ignore[arg-type]  # keywords of add, as data
        assert type(await fault_from(network.publish(post, "key-1", willing))) is Unsure
        (seen,) = await stage.public()
        if isinstance(network, Finds):
            assert [found.id for found in await network.find(post, "key-1")] == [seen.id]

    async def test_a_closed_door_is_unreachable(self, stage: Stage) -> None:
        """Nothing left us, so it is safe to try again."""
        network, post = stage.network(), notice(stage, TEXT)
        await stage.close()
        assert type(await fault_from(network.publish(post, "key-1", willing))) is Unreachable
        assert type(await fault_from(network.verify())) is Unreachable

    async def test_silence_ends_by_itself(self, stage: Stage) -> None:
        """A server that never answers holds nobody up for ever."""
        network, post = stage.impatient(), notice(stage, TEXT)
        stage.plan.add(path=stage.publishing, delay=60.0)
        async with asyncio.timeout(10):
            assert type(await fault_from(network.publish(post, "key-1", willing))) is Unsure

    async def test_silence_to_a_question_is_unreachable(self, stage: Stage) -> None:
        """Asking again does no harm."""
        stage.plan.add(method="*", delay=60.0, times=ALWAYS)
        async with asyncio.timeout(10):
            assert type(await fault_from(stage.impatient().verify())) is Unreachable

    async def test_throttled_carries_the_moment(self, stage: Stage) -> None:
        """We come back when we were asked to, not sooner and not much later."""
        for headers in (stage.reset_headers(90), {"Retry-After": "90"}):
            assert 85 <= await _wait(stage, headers) <= 95

    @pytest.mark.parametrize("asked", ["", "0", "-5", "99999999", "soon"])
    async def test_an_absurd_wait_is_bounded(self, stage: Stage, asked: str) -> None:
        """No header, or a foolish one, neither stops us for a day nor makes us hammer."""
        assert 1 <= await _wait(stage, {"Retry-After": asked} if asked else {}) <= 3600

    async def test_it_never_sleeps(self, stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
        """Waiting is decided elsewhere: a fault comes out at once."""
        slept: list[float] = []

        async def no_rest(seconds: float, result: object = None) -> object:
            slept.append(seconds)
            return await rest(0, result)

        rest, network, post = asyncio.sleep, stage.network(), notice(stage, TEXT)
        monkeypatch.setattr(asyncio, "sleep", no_rest)
        monkeypatch.setattr(time, "sleep", slept.append)
        for status in (429, 503):
            stage.plan.add(path=stage.publishing, status=status, headers={"Retry-After": "30"})
            await fault_from(network.publish(post, "key-1", willing))
        await network.publish(post, "key-1", willing)
        assert [seconds for seconds in slept if seconds > 0] == []
        assert [seconds for seconds in getattr(stage.clock, "slept", []) if seconds > 0] == []


async def _wait(stage: Stage, headers: Mapping[str, str]) -> float:
    """For how many seconds a 429 with ``headers`` makes the network wait."""
    stage.plan.add(path=stage.publishing, status=429, headers=headers, body=stage.refusal("Trop vite."))
    fault = await fault_from(stage.network().publish(notice(stage, TEXT), "key-1", willing))
    assert isinstance(fault, Throttled)
    assert fault.until.utcoffset() == timedelta(0)
    return (fault.until - stage.clock.now()).total_seconds()
