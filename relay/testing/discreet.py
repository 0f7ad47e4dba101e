# SPDX-License-Identifier: AGPL-3.0-or-later
"""The contract, part six: no secret is ever shown."""

import logging
import traceback
from collections.abc import Iterator

import pytest

from relay.faults import NetworkFault
from relay.testing.publishes import TEXT
from relay.testing.stage import Stage, fault_from, notice, willing


class Discreet:
    """Representations, logs, faults and what they were caused by."""

    async def test_no_secret_in_its_representation(self, stage: Stage) -> None:
        """A network may be printed."""
        network = stage.network()
        assert leaked(stage, [repr(network), str(network), repr(network.card)]) == []

    @pytest.mark.parametrize("status", [200, 401, 403, 422, 429, 500])
    async def test_no_secret_in_a_fault_although_the_server_repeats_it(self, stage: Stage, status: int) -> None:
        """What the network says is shown to people, so our secrets are taken out of it, down to the last cause."""
        words = "You sent " + " and ".join(stage.secrets)
        stage.plan.add(path=stage.publishing, status=status, body=stage.refusal(words))
        fault = await fault_from(stage.network().publish(notice(stage, TEXT), "key-1", willing))
        assert leaked(stage, told(fault)) == []

    async def test_no_secret_in_the_fault_of_a_closed_door(self, stage: Stage) -> None:
        """The libraries' own errors carry requests and addresses: none of that comes out."""
        network = stage.network()
        await stage.close()
        assert leaked(stage, told(await fault_from(network.publish(notice(stage, TEXT), "key-1", willing)))) == []

    async def test_no_secret_in_any_log(self, stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
        """Not even with every logger of every library at DEBUG."""
        network, post = stage.network(), notice(stage, TEXT)
        with caplog.at_level(logging.DEBUG):
            await network.verify()
            await network.publish(post, "key-1", willing)
            for status in (401, 500):
                stage.plan.add(path=stage.publishing, status=status, body=stage.refusal("Non."))
                await fault_from(network.publish(post, "key-2", willing))
            await network.aclose()
        assert leaked(stage, [caplog.text, *(repr(record.__dict__) for record in caplog.records)]) == []


def leaked(stage: Stage, texts: list[str]) -> list[str]:
    """The secrets found in ``texts``."""
    return [secret for secret in stage.secrets if any(secret in text for text in texts)]


def told(fault: NetworkFault) -> list[str]:
    """Everything that a fault could show anybody: sentence, detail, arguments, traceback, and all of its causes'."""
    texts = [fault.detail, str(fault), repr(fault.message), *traceback.format_exception(fault)]
    return texts + [repr((cause, cause.args, vars(cause))) for cause in _causes(fault)]


def _causes(fault: BaseException | None) -> Iterator[BaseException]:
    while fault is not None:
        yield fault
        fault = fault.__cause__ or fault.__context__
