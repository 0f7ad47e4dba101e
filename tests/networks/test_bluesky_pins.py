# SPDX-License-Identifier: AGPL-3.0-or-later
"""The pinned post of a Bluesky profile; before the look-alike and before the reference PDS."""

from typing import Any

import pytest

from relay.faults import Unreachable
from relay.testing.stage import fault_from, notice, willing

PROFILE = "app.bsky.actor.profile"
PUT = "putRecord$"


@pytest.fixture
def stage(bluesky_stage: Any) -> Any:
    return bluesky_stage


async def test_pinning_leaves_the_rest_of_the_profile_alone(stage: Any) -> None:
    """Name, labels and the earlier pin are afterwards what they were before."""
    network = stage.network()
    old, new = [await network.publish(notice(stage, text), text, willing) for text in ("ancien", "grève")]
    profile = {
        "$type": PROFILE,
        "displayName": "La rédaction",
        "labels": {"$type": "com.atproto.label.defs#selfLabels", "values": [{"val": "bot"}]},
        "pinnedPost": {"uri": old.id, "cid": old.revision},
    }
    await stage.write(PROFILE, "self", profile)
    before = await network.pin(new)
    assert {**profile, "pinnedPost": {"uri": new.id, "cid": new.revision}} == await stage.read(PROFILE, "self")
    await network.unpin(new, before)
    assert profile == await stage.read(PROFILE, "self")


async def test_a_pin_changed_by_hand_is_left_alone(stage: Any) -> None:
    """Somebody pinned something else during the strike: that stays."""
    network = stage.network()
    ours, theirs = [await network.publish(notice(stage, text), text, willing) for text in ("grève", "autre")]
    before = await network.pin(ours)
    await stage.write(PROFILE, "self", {"pinnedPost": {"uri": theirs.id, "cid": theirs.revision}})
    await network.unpin(ours, before)
    assert {theirs.id} == {seen.id for seen in await stage.public() if seen.pinned}


async def test_a_pin_whose_answer_is_lost_still_remembers(stage: Any) -> None:
    """Only then can it be told what was there before."""
    network = stage.network()
    old, new = [await network.publish(notice(stage, text), text, willing) for text in ("ancien", "grève")]
    await network.pin(old)
    stage.plan.add(path=PUT, drop="after")
    await network.unpin(new, await network.pin(new))
    assert {old.id} == {seen.id for seen in await stage.public() if seen.pinned}


async def test_a_profile_edited_at_the_same_moment_is_not_overwritten(stage: Any) -> None:
    """The swap is refused, nothing is lost, and trying again is safe."""
    network = stage.network()
    receipt = await network.publish(notice(stage, "grève"), "key-1", willing)
    stage.plan.add(path=PUT, status=400, body={"error": "InvalidSwap", "message": "Record was at x"})
    assert type(await fault_from(network.pin(receipt))) is Unreachable
