# SPDX-License-Identifier: AGPL-3.0-or-later
"""The contract, part three: right before it speaks, a network asks whether that is still wanted."""

import re

import pytest

from relay.networks.port import Post, Unwanted
from relay.testing.publishes import TEXT, publishings
from relay.testing.stage import Stage, fault_from, notice, picture, willing


class Gate:
    """A ``Still`` that notes, each time it is asked, how many requests had been met by then.

    refusal: what it raises the first time.
    """

    def __init__(self, stage: Stage, refusal: Unwanted | None = None) -> None:
        self._stage, self._refusal = stage, refusal
        self.asked: list[int] = []

    async def __call__(self) -> None:
        self.asked.append(len(self._stage.plan.met))
        refusal, self._refusal = self._refusal, None
        if refusal is not None:
            raise refusal


either = pytest.mark.parametrize("pictures", [0, 1], ids=["words", "a picture"])


class Asks:
    """Each time, after all that prepares, and its no is final."""

    @either
    async def test_the_last_word_is_had_after_all_that_prepares(self, stage: Stage, pictures: int) -> None:
        """Signing in and uploading may take long: nothing is said after the end because it began before."""
        gate = Gate(stage)
        await stage.network().publish(_notice(stage, pictures), "key-1", gate)
        assert gate.asked
        after = stage.plan.met[gate.asked[-1] :]
        assert [(method, bool(re.search(stage.publishing, path))) for method, path in after] == [("POST", True)]

    @either
    async def test_what_is_not_wanted_any_more_is_not_said(self, stage: Stage, pictures: int) -> None:
        """The refusal comes out as it went in, nobody heard a thing, and who changes their mind is heard once."""
        network, post, refusal = stage.network(), _notice(stage, pictures), Unwanted("stopped")
        with pytest.raises(Unwanted) as caught:
            await network.publish(post, "key-1", Gate(stage, refusal))
        assert caught.value is refusal
        assert publishings(stage) == 0
        assert await stage.public() == []
        await network.publish(post, "key-1", willing)
        assert [seen.images for seen in await stage.public()] == [pictures]

    @either
    async def test_every_attempt_asks_anew(self, stage: Stage, pictures: int) -> None:
        """Between two attempts lies the time in which a strike ends."""
        network, post, gate = stage.network(), _notice(stage, pictures), Gate(stage)
        stage.plan.add(path=stage.publishing, status=429, body=stage.refusal("Trop vite."))
        await fault_from(network.publish(post, "key-1", gate))
        once = len(gate.asked)
        assert once >= 1
        await network.publish(post, "key-1", gate)
        assert len(gate.asked) > once


def _notice(stage: Stage, pictures: int) -> Post:
    if pictures > stage.network().card.capabilities.images:
        pytest.skip("the card declares no images")
    return notice(stage, TEXT, pictures=(picture(),) * pictures)
