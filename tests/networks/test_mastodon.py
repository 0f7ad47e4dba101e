# SPDX-License-Identifier: AGPL-3.0-or-later
"""Mastodon keeps the contract, before a strict look-alike of the main line and of GoToSocial."""

from collections.abc import AsyncIterator

import pytest

from relay.square.mastodon_state import GOTOSOCIAL
from relay.testing.contract import NetworkContract
from relay.testing.mastodon_stage import MastodonStage


class TestMastodon(NetworkContract):
    """The whole suite against the main line."""

    @pytest.fixture
    async def stage(self) -> AsyncIterator[MastodonStage]:
        stage = MastodonStage()
        await stage.open()
        yield stage
        await stage.close()


class TestGoToSocial(NetworkContract):
    """The whole suite against GoToSocial: no key, 400 where Mastodon says 422, code points."""

    @pytest.fixture
    async def stage(self) -> AsyncIterator[MastodonStage]:
        stage = MastodonStage(GOTOSOCIAL)
        await stage.open()
        yield stage
        await stage.close()
