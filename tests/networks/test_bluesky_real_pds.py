# SPDX-License-Identifier: AGPL-3.0-or-later
"""Bluesky passes the contract before the reference PDS: what the look-alike is measured by."""

import pytest

from relay.testing.contract import NetworkContract
from relay.testing.stage import Stage


@pytest.mark.xdist_group("pds")
class TestBlueskyBeforeTheReference(NetworkContract):
    @pytest.fixture
    def stage(self, real_stage: Stage, connections: list[str]) -> Stage:
        connections.clear()  # those that made the account
        return real_stage
