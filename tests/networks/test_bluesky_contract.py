# SPDX-License-Identifier: AGPL-3.0-or-later
"""Bluesky passes the contract before the look-alike PDS."""

import pytest

from relay.testing.contract import NetworkContract
from relay.testing.stage import Stage


class TestBluesky(NetworkContract):
    @pytest.fixture
    def stage(self, look_alike_stage: Stage) -> Stage:
        return look_alike_stage
