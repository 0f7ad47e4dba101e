# SPDX-License-Identifier: AGPL-3.0-or-later
"""The same relay before the reference PDS: a feed served on loopback, a strike, the notices in the real repository."""

from datetime import timedelta
from typing import Any

import pytest
from desk import NINE, NINETEEN
from world import World

from relay.networks.bluesky import Bluesky
from relay.testing.real_pds import RealPds


@pytest.mark.xdist_group("pds")
async def test_a_strike_is_told_once_on_the_reference_pds(bluesky_world: World, real_pds: RealPds) -> None:
    """Start notice, one notice an article with its link and card, end notice; a second look says nothing twice."""
    world, account = bluesky_world
    await world.strike()
    await world.wait_until(NINE + timedelta(minutes=1))
    links = [world.press.publish(title).link for title in ("Un café s’ouvre", "La piscine ferme")]
    await world.until(NINE + timedelta(minutes=12))
    await world.wait_until(NINETEEN - timedelta(minutes=1))
    await world.until(NINETEEN + timedelta(minutes=1))
    posts = await real_pds.public(account)
    assert len(posts) == 4
    assert posts[0].text == "La grève commence. Jour 1."
    told = sorted(posts[1:3], key=lambda post: post.created_at)
    assert [post.links for post in told] == [(link,) for link in links]
    assert [post.card_url for post in told] == links
    assert posts[3].text == "La grève s’arrête pour aujourd’hui."
    assert [post.pinned for post in posts] == [False] * 4


@pytest.fixture
async def bluesky_world(bare_world: World, real_pds: RealPds) -> Any:
    """A house connected to one account of the reference PDS."""
    account = await real_pds.join()
    house = bare_world.house
    who, given = await house.seats.verify("bluesky", account.given)
    async with house.store.write() as tx:
        row = await house.seats.save(bare_world.newsroom, tx, "bluesky", given, who, bare_world.clock.now())
    bare_world.accounts.append(row)
    assert house.seats.cards["bluesky"] == Bluesky.card
    return bare_world, account
