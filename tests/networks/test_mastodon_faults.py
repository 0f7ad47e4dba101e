# SPDX-License-Identifier: AGPL-3.0-or-later
"""What an answer means is decided by its status and headers alone."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest

from relay.faults import Throttled
from relay.networks.mastodon_card import is_gotosocial, limits, rules
from relay.networks.mastodon_faults import Answer, Asking, fault_of
from relay.networks.port import Limits

NOW = datetime(2026, 12, 17, 9, tzinfo=UTC)
ASKING = Asking("mastodon.social", ("t0ken",), speaks=True)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, 60),
        ({"X-RateLimit-Reset": "2026-12-17T09:04:00.000000Z"}, 240),
        ({"x-ratelimit-reset": str(int(NOW.timestamp()) + 30)}, 30),
        # A server whose clock is an hour ahead: what counts is the distance from its own date.
        ({"X-RateLimit-Reset": "2026-12-17T10:04:00Z", "Date": "Thu, 17 Dec 2026 10:00:00 GMT"}, 240),
        ({"X-RateLimit-Reset": "2026-12-17T08:59:00Z"}, 1),
        ({"X-RateLimit-Reset": "2026-12-17T15:00:00Z"}, 3600),
        ({"X-RateLimit-Reset": "tomorrow"}, 60),
        ({"X-RateLimit-Reset": "2026-12-17T09:04:00Z", "Retry-After": "30"}, 30),  # GoToSocial when it is busy
        ({"Retry-After": "Thu, 17 Dec 2026 09:02:00 GMT"}, 120),
    ],
)
def test_throttled_until_the_server_said(headers: Mapping[str, str], seconds: int) -> None:
    fault = fault_of(Answer(429, headers, ""), ASKING, NOW)
    assert isinstance(fault, Throttled)
    assert NOW + timedelta(seconds=seconds) == fault.until


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        ('{"error": "Validation failed: t0ken is no text"}', "422 Validation failed: ‹secret› is no text"),
        ('{"error": "invalid_grant", "error_description": "Expired."}', "422 Expired."),
        ("<html>no</html>", "422"),
        ("[]", "422"),
        ("", "422"),
    ],
)
def test_the_detail_is_the_servers_own_words_without_secrets(text: str, detail: str) -> None:
    assert detail == fault_of(Answer(422, {}, text), ASKING, NOW).detail


@pytest.mark.parametrize(
    ("instance", "expected"),
    [
        ({"version": "4.7.2", "api_versions": {"mastodon": 10}}, False),
        ({"version": "4.2.20"}, False),
        ({"version": "0.20.0-rc1"}, True),
        ({"version": "3.5.3+0.20.0"}, True),
        ({"version": "4.3.0+glitch", "api_versions": {"mastodon": 2}}, False),
        ({"version": "1.0.0", "source_url": "https://codeberg.org/superseriousbusiness/gotosocial"}, True),
    ],
)
def test_gotosocial_is_told_by_its_source_or_version(instance: Mapping[str, object], expected: bool) -> None:
    assert expected == is_gotosocial(instance)


@pytest.mark.parametrize("configuration", [None, [], {"statuses": None}, {"statuses": {"max_characters": "many"}}])
def test_an_odd_instance_has_the_usual_limits(configuration: object) -> None:
    odd = {"version": "4.7.2", "configuration": configuration, "rules": None}
    assert Limits(500, "grapheme", 23, 0, True, True, 1500, 16 * 1024 * 1024) == limits(odd)
    assert () == rules(odd)
