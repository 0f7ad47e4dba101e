# SPDX-License-Identifier: AGPL-3.0-or-later
"""The session of a thousand hosts and more: what it keeps, and how many files it may open."""

import resource

import pytest

from relay.outside.guard import Guard
from relay.outside.http import Door


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ((1024, 524_288), (131_072, 524_288)),
        ((1024, 4096), (4096, 4096)),
        ((1024, resource.RLIM_INFINITY), (131_072, resource.RLIM_INFINITY)),
        ((524_288, 524_288), None),
        ((resource.RLIM_INFINITY, resource.RLIM_INFINITY), None),
    ],
)
async def test_the_limit_of_open_files_is_raised_as_far_as_it_helps(before, after, monkeypatch) -> None:
    """Never lowered; a kept connection is an open file."""
    given = []
    monkeypatch.setattr(resource, "getrlimit", lambda _: before)
    monkeypatch.setattr(resource, "setrlimit", lambda _, limits: given.append(limits))
    door = Door(Guard(), "Piquet tests")
    assert door.session is door.session
    await door.aclose()
    assert given == ([] if after is None else [after])


async def test_a_limit_that_may_not_be_raised_is_left(monkeypatch) -> None:
    def refuse(*_: object) -> None:
        raise ValueError("not allowed to raise maximum limit")

    monkeypatch.setattr(resource, "getrlimit", lambda _: (10, 20))
    monkeypatch.setattr(resource, "setrlimit", refuse)
    door = Door(Guard(), "Piquet tests")
    assert not door.session.closed
    await door.aclose()


async def test_the_addresses_of_many_hosts_are_remembered() -> None:
    """aiohttp's own thousand would be forgotten in turn by looks that go round more hosts than that."""
    door = Door(Guard(), "Piquet tests")
    connector = door.session.connector
    for n in range(5000):
        connector._cached_hosts.add((f"h{n}.test", 443), [{"host": "93.184.216.34"}])
    kept = sum((f"h{n}.test", 443) in connector._cached_hosts for n in range(5000))
    limits = (connector.limit, connector.limit_per_host)
    await door.aclose()
    assert (kept, limits) == (5000, (512, 2))


async def test_the_session_keeps_no_cookies_and_follows_no_proxy(monkeypatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    door = Door(Guard(), "Piquet tests")
    session = door.session
    session.cookie_jar.update_cookies({"a": "b"})
    seen = (len(session.cookie_jar), session.trust_env, session.headers["User-Agent"])
    await door.aclose()
    assert seen == (0, False, "Piquet tests")
