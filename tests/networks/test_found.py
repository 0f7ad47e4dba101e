# SPDX-License-Identifier: AGPL-3.0-or-later
"""Networks are found by entry points, and a broken one stops nothing."""

import tomllib
from importlib.metadata import EntryPoint
from pathlib import Path

from relay.networks.bluesky import Bluesky
from relay.networks.found import GROUP, look
from relay.networks.mastodon import Mastodon

OURS = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]["entry-points"][GROUP]


def points(named: dict[str, str]) -> list[EntryPoint]:
    return [EntryPoint(name, value, GROUP) for name, value in named.items()]


def test_our_own_networks_are_announced_and_fit() -> None:
    """What pyproject.toml announces can be used."""
    found = look(points(OURS))
    assert found.working == {"mastodon": Mastodon, "bluesky": Bluesky}
    assert found.broken == {}


def test_a_broken_network_is_named_with_its_reason_and_stops_nothing() -> None:
    """Missing module, missing name, not a network, another network's name: each says why, and Mastodon still works."""
    strange = {
        "gone": "no_such_module:Network",
        "unnamed": "relay.networks.mastodon:Nothing",
        "odd": "relay.networks.port:Limits",
        "impostor": "relay.networks.bluesky:Bluesky",
    }
    found = look(points({**strange, "mastodon": OURS["mastodon"]}))
    assert found.working == {"mastodon": Mastodon}
    assert set(found.broken) == set(strange)
    assert "ModuleNotFoundError" in str(found.broken["gone"])
    assert "impostor" in str(found.broken["impostor"])
