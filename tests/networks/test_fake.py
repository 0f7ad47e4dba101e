# SPDX-License-Identifier: AGPL-3.0-or-later
"""The fake network keeps the contract, and the contract catches every network that does not."""

from dataclasses import replace
from datetime import timedelta

import pytest

from relay.faults import Throttled, Unsure
from relay.i18n import say
from relay.networks.port import Pace
from relay.testing import broken, broken_reading
from relay.testing.contract import NetworkContract
from relay.testing.fake import FULL, FakePlatform
from relay.testing.fake_network import FakeNetwork, Withdrawing
from relay.testing.fake_stage import FakeStage, keep_nothing
from relay.testing.stage import Stage, fault_from, notice, willing

pytest_plugins = ("pytester",)

OPTIONS = ("-p", "no:randomly", "-o", "asyncio_mode=auto", "-o", "asyncio_default_fixture_loop_scope=function")
SUITE = """
import pytest
from {module} import {name} as Network
from relay.testing.contract import NetworkContract
from relay.testing.fake_stage import FakeStage

class TestBroken(NetworkContract):
    @pytest.fixture
    def stage(self):
        return FakeStage(Network, honours_key=Network.honours_key)
"""


CAUGHT_BY = {**broken.CAUGHT_BY, **broken_reading.CAUGHT_BY}


class TestFakeNetwork(NetworkContract):
    """The whole suite."""

    @pytest.fixture
    def stage(self) -> Stage:
        return FakeStage()


class TestForgetfulFake(NetworkContract):
    """The whole suite, on a platform that makes two posts of one key."""

    @pytest.fixture
    def stage(self) -> Stage:
        return FakeStage(honours_key=False)


@pytest.mark.parametrize(("kind", "promise"), CAUGHT_BY.items(), ids=[kind.__name__ for kind in CAUGHT_BY])
def test_the_suite_catches(kind: type[FakeNetwork], promise: str, pytester: pytest.Pytester) -> None:
    """A network that is wrong in one way breaks the promise that speaks of it."""
    pytester.makepyfile(SUITE.format(module=kind.__module__, name=kind.__name__))
    outcome = pytester.runpytest_inprocess(*OPTIONS, "-k", promise)
    assert outcome.parseoutcomes().get("failed", 0) >= 1
    outcome.stdout.fnmatch_lines([f"FAILED *{promise}*"])


def test_a_whole_network_passes_where_the_broken_ones_fail(pytester: pytest.Pytester) -> None:
    """The suite fails for what is wrong, not for how it is run."""
    pytester.makepyfile(SUITE.format(module=broken.__name__, name="Whole"))
    outcome = pytester.runpytest_inprocess(*OPTIONS)
    assert set(outcome.parseoutcomes()) <= {"passed", "skipped", "warnings"}


async def test_a_script_is_heard_before_or_after_it_took_effect() -> None:
    """Scripted faults come in order, and only "after" leaves a post behind."""
    stage = FakeStage()
    network, post = stage.network(), notice(stage, "En grève")
    stage.platform.script(Throttled(say("Wait."), stage.clock.now()))
    stage.platform.script(when="after")
    assert type(await fault_from(network.publish(post, "key-1", willing))) is Throttled
    assert stage.platform.public() == []
    assert type(await fault_from(network.publish(post, "key-1", willing))) is Unsure
    assert len(stage.platform.public()) == 1


async def test_a_platform_that_ignores_keys_says_so_in_its_card() -> None:
    """Class B of networks: read back, but no key."""
    stage = FakeStage()
    stage.platform.honours_key = False
    network = stage.platform.network(FULL)
    assert not network.card.capabilities.repeats_safely


def test_a_platform_may_keep_what_was_said() -> None:
    """Then its card declares no deleting, and none is there to be called."""
    network = FakePlatform(deletes=False).network(FULL)
    assert not network.card.capabilities.deletes
    assert not issubclass(network, Withdrawing)


async def test_deleting_faster_than_the_card_says_is_throttled_until_there_is_room() -> None:
    """As many as may be in the span, then a pause until the first of them is that old."""
    stage = FakeStage()
    kind = stage.platform.network(replace(FULL, withdrawals=Pace(2, 60)))
    network = kind({"handle": "desk", "token": "x"}, stage.outside, keep_nothing)
    receipts = [await network.publish(notice(stage, f"Avis {n}"), f"key-{n}", willing) for n in range(3)]
    began = stage.clock.now()
    for receipt in receipts[:2]:
        await network.withdraw(receipt)
        stage.clock.advance(seconds=10)
    fault = await fault_from(network.withdraw(receipts[2]))
    assert isinstance(fault, Throttled)
    assert fault.until == began + timedelta(seconds=60)
    stage.clock.move_to(fault.until)
    await network.withdraw(receipts[2])
    assert stage.platform.public() == []
