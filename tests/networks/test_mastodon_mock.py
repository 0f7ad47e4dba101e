# SPDX-License-Identifier: AGPL-3.0-or-later
"""A second opinion on the adapter: mastodon-mock, which others wrote. https://mastodon-mock.readthedocs.io/"""

from collections.abc import AsyncIterator, Iterator

import pytest
from mastodon_mock.testing.server import MockServer

from relay.clock import RealClock
from relay.faults import Refused, Unauthorised
from relay.networks.mastodon import Mastodon
from relay.networks.port import Post
from relay.outside import Outside
from relay.outside.guard import Guard
from relay.outside.http import Door
from relay.testing.fake_stage import keep_nothing
from relay.testing.stage import fault_from, picture, willing

TEXT = "Les community managers sont en grève. #Grève https://journal.example/2026/11/greve"


@pytest.fixture(scope="module")
def server() -> Iterator[MockServer]:
    with MockServer() as server:
        yield server


@pytest.fixture
def token(server: MockServer) -> str:
    return str(server.client().access_token)


@pytest.fixture
async def network(server: MockServer, token: str) -> AsyncIterator[Mastodon]:
    guard = Guard(["127.0.0.0/8"])
    outside = Outside(RealClock(), Door(guard, "Piquet"), guard)
    network = Mastodon({"server": server.base_url, "token": token}, outside, keep_nothing)
    yield network
    await network.aclose()


def post(text: str = TEXT, **changes: object) -> Post:
    return Post(text, RealClock().now(), languages=("fr",), **changes)  # type: ignore[arg-type]  # fields of Post


async def test_it_tells_who_we_are_and_what_fits(network: Mastodon) -> None:
    identity = await network.verify()
    assert identity.handle.startswith("@alice@")
    assert identity.limits is not None
    assert (identity.limits.text, identity.limits.link_cost) == (500, 23)


async def test_a_post_is_made_once_found_again_and_taken_back(network: Mastodon) -> None:
    notice = post(warning="grève")
    receipt = await network.publish(notice, "mock-key-1", willing)
    assert (await network.publish(notice, "mock-key-1", willing)).id == receipt.id
    assert await network.find(notice, "mock-key-1") == [receipt]
    await network.withdraw(receipt)
    await network.withdraw(receipt)
    assert await network.find(notice, "mock-key-1") == []


async def test_a_picture_is_taken(network: Mastodon) -> None:
    assert (await network.publish(post("Avec pancarte", pictures=(picture(),)), "mock-key-2", willing)).id


async def test_a_post_is_pinned_and_unpinned(network: Mastodon) -> None:
    receipt = await network.publish(post("Épinglé"), "mock-key-3", willing)
    before = await network.pin(receipt)
    await network.unpin(receipt, before)
    await network.unpin(receipt, before)


async def test_what_is_too_long_is_refused_by_the_server_too(network: Mastodon) -> None:
    """Without ``verify`` nothing is known of the limit, so this is the server's own no."""
    fault = await fault_from(network.publish(post("é" * 501), "mock-key-4", willing))
    assert type(fault) is Refused
    assert fault.detail.startswith("422")


@pytest.mark.parametrize("token", ["stolen"])
async def test_a_wrong_token_is_unauthorised(network: Mastodon) -> None:
    assert type(await fault_from(network.publish(post(), "mock-key-5", willing))) is Unauthorised
