# SPDX-License-Identifier: AGPL-3.0-or-later
"""The fake network keeps the contract, and the contract catches every network that does not."""

import pytest

from relay.faults import Throttled, Unsure
from relay.i18n import say
from relay.testing.broken import CAUGHT_BY
from relay.testing.contract import NetworkContract
from relay.testing.fake import FULL, FakeNetwork
from relay.testing.fake_stage import FakeStage
from relay.testing.stage import Stage, fault_from, notice, willing

pytest_plugins = ("pytester",)

OPTIONS = ("-p", "no:randomly", "-o", "asyncio_mode=auto", "-o", "asyncio_default_fixture_loop_scope=function")
SUITE = """
import pytest
from relay.testing import broken
from relay.testing.contract import NetworkContract
from relay.testing.fake_stage import FakeStage

class TestBroken(NetworkContract):
    @pytest.fixture
    def stage(self):
        return FakeStage(broken.{name})
"""


class TestFakeNetwork(NetworkContract):
    """The whole suite."""

    @pytest.fixture
    def stage(self) -> Stage:
        return FakeStage()


@pytest.mark.parametrize(("kind", "promise"), CAUGHT_BY.items(), ids=[kind.__name__ for kind in CAUGHT_BY])
def test_the_suite_catches(kind: type[FakeNetwork], promise: str, pytester: pytest.Pytester) -> None:
    """A network that is wrong in one way breaks the promise that speaks of it."""
    pytester.makepyfile(SUITE.format(name=kind.__name__))
    outcome = pytester.runpytest_inprocess(*OPTIONS, "-k", promise)
    assert outcome.parseoutcomes().get("failed", 0) >= 1
    outcome.stdout.fnmatch_lines([f"FAILED *{promise}*"])


def test_a_whole_network_passes_where_the_broken_ones_fail(pytester: pytest.Pytester) -> None:
    """The suite fails for what is wrong, not for how it is run."""
    pytester.makepyfile(SUITE.format(name="Whole"))
    outcome = pytester.runpytest_inprocess(*OPTIONS)
    assert set(outcome.parseoutcomes()) <= {"passed", "warnings"}


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
