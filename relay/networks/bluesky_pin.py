# SPDX-License-Identifier: AGPL-3.0-or-later
"""The pinned post in a profile record: what to write, and what to remember. Pure."""

import json
from collections.abc import Mapping
from typing import Any

from relay.networks.bluesky_record import PROFILE

Profile = Mapping[str, Any]


def pinned(profile: Profile) -> Mapping[str, Any]:
    """The pinned post's ``{"uri", "cid"}``, or empty."""
    pin = profile.get("pinnedPost")
    return pin if isinstance(pin, dict) else {}


def with_pin(profile: Profile, pin: Mapping[str, Any]) -> dict[str, Any]:
    """The profile with this post pinned, or none if ``pin`` is empty; every other field stays as it is."""
    rest = {name: value for name, value in profile.items() if name != "pinnedPost"}
    return {"$type": PROFILE, **rest, **({"pinnedPost": dict(pin)} if pin else {})}


def remember(pin: Mapping[str, Any]) -> str:
    """What restores this pin later; "" for none."""
    return json.dumps(dict(pin), sort_keys=True) if pin else ""


def recall(before: str) -> Mapping[str, Any]:
    """The pin that ``remember`` noted; empty for none, and for what cannot be read."""
    try:
        pin = json.loads(before or "{}")
    except ValueError:
        return {}
    return pin if isinstance(pin, dict) and {"uri", "cid"} <= pin.keys() else {}
