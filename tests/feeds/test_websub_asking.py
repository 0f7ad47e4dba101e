# SPDX-License-Identifier: AGPL-3.0-or-later
"""One request to a hub: what is sent, what its answer means, where it may lead."""

import ssl
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
import trustme
from hub import Hub

from relay.clock import ManualClock
from relay.feeds.websub.asking import Outcome, Request, ask
from relay.outside import Outside
from relay.outside.guard import Guard
from relay.outside.http import Door

NOW = datetime(2026, 12, 17, 8, 50, tzinfo=UTC)

CALLBACK = "https://relay.example/push/0123"


@pytest.fixture
async def hub() -> AsyncIterator[Hub]:
    made = Hub(verifies=False)
    await made.start()
    yield made
    await made.stop()


def request(hub: Hub, mode: str = "subscribe") -> Request:
    return Request(hub.address, "https://journal.example/feed", CALLBACK, mode, "s3cret")


async def test_what_is_sent(outside: Outside, hub: Hub) -> None:
    """As the specification names it, and the secret only where it is needed."""
    assert Outcome.ACCEPTED == await ask(outside, request(hub), 5)
    assert Outcome.ACCEPTED == await ask(outside, request(hub, "unsubscribe"), 5)
    common = {"hub.callback": CALLBACK, "hub.topic": "https://journal.example/feed"}
    subscribing = {"hub.mode": "subscribe", "hub.lease_seconds": "864000", "hub.secret": "s3cret"}
    assert [common | subscribing, common | {"hub.mode": "unsubscribe"}] == hub.asked


async def test_what_an_answer_means(outside: Outside, hub: Hub) -> None:
    meant = {}
    for status in (200, 202, 204, 300, 302, 304, 400, 401, 403, 404, 410, 422, 408, 425, 429, 500, 502, 503):
        hub.status = status
        meant[status] = await ask(outside, request(hub), 5)
    refused = {300, 302, 304, 400, 401, 403, 404, 410, 422}
    expected = {
        status: Outcome.ACCEPTED if status < 300 else Outcome.REFUSED if status in refused else Outcome.UNREACHABLE
        for status in meant
    }
    assert expected == meant


@pytest.mark.parametrize(
    ("status", "leads_to", "expected", "asked"),
    [
        (307, "/there", Outcome.ACCEPTED, 1),
        (308, "/there", Outcome.ACCEPTED, 1),
        (301, "/there", Outcome.REFUSED, 0),
        (303, "/there", Outcome.REFUSED, 0),
        (307, "/hub", Outcome.REFUSED, 0),
        (308, "http://10.0.0.1/", Outcome.UNREACHABLE, 0),
        (308, "file:///etc/passwd", Outcome.UNREACHABLE, 0),
        (307, "http://[", Outcome.UNREACHABLE, 0),
    ],
)
async def test_only_redirects_that_keep_the_request_whole_are_followed(
    outside: Outside, hub: Hub, status: int, leads_to: str, expected: Outcome, asked: int
) -> None:
    """At most three, and each through the guard."""
    hub.status, hub.leads_to = status, leads_to
    assert (expected, asked) == (await ask(outside, request(hub), 5), len(hub.asked))


async def test_a_secret_never_goes_on_in_the_clear(hub: Hub) -> None:
    """From a hub with TLS nothing leads to one without."""
    authority, ours, theirs = trustme.CA(), ssl.create_default_context(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.configure_trust(ours)
    authority.issue_cert("127.0.0.1").configure_cert(theirs)
    safe = Hub(status=307, leads_to=hub.address, verifies=False)
    await safe.start(theirs)
    guard = Guard(["127.0.0.0/8"])
    door = Door(guard, "Piquet test", ours)
    outside = Outside(ManualClock(NOW), door, guard)
    assert (Outcome.REFUSED, []) == (await ask(outside, request(safe), 5), hub.asked)
    safe.leads_to = "/there"
    assert (Outcome.ACCEPTED, 1) == (await ask(outside, request(safe), 5), len(safe.asked))
    await door.aclose()
    await safe.stop()


async def test_a_hub_that_hangs_is_left(outside: Outside, hub: Hub) -> None:
    hub.hangs = True
    assert Outcome.UNREACHABLE == await ask(outside, request(hub), 0.05)


async def test_an_endless_answer_is_not_read(outside: Outside, hub: Hub) -> None:
    hub.says = "x" * (1 << 20)
    assert Outcome.ACCEPTED == await ask(outside, request(hub), 5)


def test_a_secret_is_not_shown_by_accident() -> None:
    assert "s3cret" not in repr(Request("h", "t", "c", "subscribe", "s3cret"))
