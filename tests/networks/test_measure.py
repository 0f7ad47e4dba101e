# SPDX-License-Identifier: AGPL-3.0-or-later
"""The small parts that adapters share: how long, how long to wait, what to show."""

from datetime import UTC, datetime, timedelta

import pytest

from relay.networks.measure import measure
from relay.networks.port import Limits
from relay.networks.scrub import scrub
from relay.networks.waits import retry_after, until

NOW = datetime(2026, 12, 17, 9, tzinfo=UTC)
MASTODON = Limits(500, link_cost=23, mention_domains_free=True, warning_counts=True)


@pytest.mark.parametrize(
    ("text", "limits", "expected"),
    [
        ("👩‍👩‍👧‍👦 é", Limits(300), 3),
        ("👩‍👩‍👧‍👦", Limits(300, unit="codepoint"), 7),
        ("voir https://a.example/" + "x" * 99, MASTODON, 28),
        ("@moi@a.example salut", MASTODON, 10),
        ("https://a.example/1", Limits(300), 19),
    ],
)
def test_measured_as_the_limits_say(text: str, limits: Limits, expected: int) -> None:
    assert expected == measure(text, limits)


def test_a_warning_counts_only_where_it_does() -> None:
    assert 10 == measure("grève", MASTODON, "grève")
    assert 5 == measure("grève", Limits(300), "grève")


@pytest.mark.parametrize(
    ("asked", "seconds"), [(None, 60), (0.0, 1), (-9.0, 1), (30.0, 30), (7200.0, 3600), (float("inf"), 3600)]
)
def test_a_wait_is_at_least_a_second_and_at_most_an_hour(asked: float | None, seconds: int) -> None:
    assert NOW + timedelta(seconds=seconds) == until(NOW, asked)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("30", 30.0),
        (" 30 ", 30.0),
        ("Thu, 17 Dec 2026 09:01:00 GMT", 60.0),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("١", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(value: str, expected: float | None) -> None:
    assert expected == retry_after(value, NOW)


def test_secrets_are_struck_out_the_longer_first() -> None:
    assert "a ‹secret› b ‹secret›" == scrub("a  t0ken-2\nb t0ken", ["t0ken", "t0ken-2", ""])


def test_a_page_is_no_explanation() -> None:
    assert 501 == len(scrub("x" * 9999, []))
