# SPDX-License-Identifier: AGPL-3.0-or-later
"""When a feed's address changes for good: after a week of agreement on something we know, or where nothing is lost."""

from datetime import UTC, datetime, timedelta

import pytest

from relay.faults import FeedGone, FeedRefused, FeedUnreachable, Problem
from relay.feeds.http.redirects import AGREEMENT, follow, refuge
from relay.i18n import say
from relay.store.feed import Feed
from relay.store.lanes import of_feed

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
OLD, NEW, OTHER = "https://a.example/feed", "https://b.example/feed", "https://c.example/feed"


def feed(address: str = OLD, moved_to: str = "", moved_since: datetime | None = None) -> Feed:
    return Feed(
        newsroom_id=1,
        address=address,
        lane=of_feed(address),
        next_look_at=NOW,
        moved_to=moved_to,
        moved_since=moved_since,
    )


def test_a_redirect_that_holds_for_seven_days_is_adopted_and_not_a_moment_earlier() -> None:
    row = feed()
    for after in (timedelta(), timedelta(days=3), AGREEMENT - timedelta(seconds=1)):
        follow(row, NEW, NOW + after, familiar=True)
        assert (row.address, row.moved_to, row.moved_since) == (OLD, NEW, NOW)
    follow(row, NEW, NOW + AGREEMENT, familiar=True)
    assert (row.address, row.host, row.lane) == (NEW, "b.example", of_feed(NEW))
    assert (row.moved_to, row.moved_since) == ("", None)


@pytest.mark.parametrize("between", ["", OTHER])
def test_a_week_in_which_it_led_elsewhere_begins_anew(between: str) -> None:
    row = feed(moved_to=NEW, moved_since=NOW)
    follow(row, between, NOW + timedelta(days=6), familiar=True)
    follow(row, NEW, NOW + AGREEMENT, familiar=True)
    assert (row.address, row.moved_to, row.moved_since) == (OLD, NEW, NOW + AGREEMENT)


def test_an_address_where_nothing_is_known_is_neither_noted_nor_adopted() -> None:
    row = feed()
    follow(row, NEW, NOW, familiar=False)
    assert (row.address, row.moved_to) == (OLD, "")
    row = feed(moved_to=NEW, moved_since=NOW)
    follow(row, NEW, NOW + AGREEMENT, familiar=False)
    assert (row.address, row.moved_to, row.moved_since) == (OLD, NEW, NOW)
    follow(row, OTHER, NOW + AGREEMENT, familiar=False)
    assert (row.address, row.moved_to, row.moved_since) == (OLD, "", None)


@pytest.mark.parametrize(
    ("old", "new", "at_once"),
    [
        ("http://a.example/feed?x=1", "https://a.example/feed?x=1", True),
        ("http://a.example:80", "https://A.example/", True),
        ("http://a.example/feed", "https://a.example/feed/", False),
        ("http://a.example/feed?x=1", "https://a.example/feed", False),
        ("http://a.example/feed", "https://www.a.example/feed", False),
        ("http://a.example:8080/feed", "https://a.example:8443/feed", False),
        ("https://a.example/feed", "https://a.example/rss", False),
    ],
)
def test_only_the_move_to_https_of_the_same_host_and_path_is_believed_at_once(
    old: str, new: str, at_once: bool
) -> None:
    row = feed(old)
    follow(row, new, NOW, familiar=False)
    assert row.address == (new if at_once else old)


GONE, MISSING = FeedGone(say("Gone.")), FeedRefused(say("Refused."), 404)


@pytest.mark.parametrize("fault", [GONE, MISSING])
def test_a_dead_address_is_left_for_where_it_said_it_moved(fault: Problem) -> None:
    kept = {"address": NEW, "host": "b.example", "lane": of_feed(NEW), "moved_to": "", "moved_since": None}
    assert refuge(NEW, fault) == kept
    assert refuge("", fault) == {}


@pytest.mark.parametrize("fault", [FeedRefused(say("Refused."), 500), FeedUnreachable(say("No answer."))])
def test_an_address_that_only_ails_is_kept(fault: Problem) -> None:
    assert refuge(NEW, fault) == {}
