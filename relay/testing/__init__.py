# SPDX-License-Identifier: AGPL-3.0-or-later
"""For authors of networks and bridges: a fake network, and the suite that every network must pass."""

import pytest

PARTS = ("asks", "contract", "describes", "discreet", "hears", "publishes", "reads", "stage")
pytest.register_assert_rewrite(*(f"relay.testing.{part}" for part in PARTS))
