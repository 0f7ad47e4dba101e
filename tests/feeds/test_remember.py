# SPDX-License-Identifier: AGPL-3.0-or-later
"""What each column of a feed remembers of a look, and what the feed does with it for the rest of its life."""

import random
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from feeds.conftest import NOW

from relay.faults import FeedFault, FeedGone, FeedRefused, FeedThrottled, FeedTooHeavy, FeedUnreachable, Invalid
from relay.feeds.http.answers import Fetched, Memory
from relay.feeds.look import Look
from relay.feeds.remember import Times, changes, remarkable
from relay.i18n import say
from relay.store.looks import Due
from relay.terms import Document, Reading, Window

HERE, THERE = "https://journal.example/feed", "https://journal.example/rss"
BODY = b"<rss/>"
OLD, NEW = Memory('"a"', "Mon", b"1"), Memory('"b"', "Tue", b"2")
NO = say("no")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NO_STRIKE = Times((), NOW, 45.0)
STRIKE = replace(NO_STRIKE, windows=(Window(NOW - HOUR, NOW + 9 * HOUR),))


class Middle(random.Random):
    """No jitter."""

    def uniform(self, a: float, b: float) -> float:
        return (a + b) / 2


def feed(**known: Any) -> Due:
    """One that was looked at an hour ago, and last read whole then."""
    blank: dict[str, Any] = dict.fromkeys(Due._fields, 0)
    blank |= dict.fromkeys(("prints", "retry_at", "distrusted_at", "gone_since", "gap"))
    blank |= {"id": 1, "address": HERE, "host": "journal.example", "crowd": 1, "moved_to": "", "hub": "", "topic": ""}
    blank |= {"etag": OLD.etag, "last_modified": OLD.last_modified, "body_hash": OLD.body_hash, "prints": b"12345678"}
    blank |= dict.fromkeys(("baseline_at", "looked_at", "whole_at"), NOW - HOUR) | {"next_look_at": NOW}
    return Due(**(blank | known))


def unchanged(of: Due, **told: Any) -> Look:
    """A 304."""
    return Look(of, NOW, Fetched(HERE, **{"memory": OLD, "unchanged": True} | told))


def nothing_new(of: Due, **told: Any) -> Look:
    """Another document of the same entries."""
    return Look(of, NOW, Fetched(HERE, NEW, body=BODY, **told), Reading(None, b"87654321"))


def failed(of: Due, fault: FeedFault | Invalid, fetched: Fetched | None = None) -> Look:
    return Look(of, NOW, fetched, fault=fault)


def told(look: Look, times: Times = NO_STRIKE) -> dict[str, Any]:
    return changes(look, times, Middle())


def wait(look: Look, times: Times = NO_STRIKE) -> float:
    """Seconds until the next look."""
    moment: datetime = told(look, times)["next_look_at"]
    return (moment - NOW).total_seconds()


def kept(look: Look) -> dict[str, Any]:
    """What changes besides the two moments that always do."""
    return {name: value for name, value in told(look).items() if name not in ("looked_at", "next_look_at")}


def test_a_304_changes_the_two_moments_and_nothing_else() -> None:
    assert {"looked_at": NOW, "next_look_at": NOW + timedelta(minutes=5)} == told(unchanged(feed()))


@pytest.mark.parametrize(
    ("look", "expected"),
    [
        (unchanged(feed(), memory=replace(OLD, etag='"c"')), {"etag": '"c"'}),
        (unchanged(feed(), fresh_for=600), {"hint": 600}),
        (unchanged(feed(ttl=900), fresh_for=600), {"hint": 900}),
        (unchanged(feed(hint=600)), {"hint": 0}),
        (unchanged(feed(), hub="https://hub.example", topic=HERE), {"hub": "https://hub.example", "topic": HERE}),
        (unchanged(feed(hub="https://hub.example", topic=HERE)), {}),
        (unchanged(feed(failures=3)), {"failures": 0, "fault": ""}),
        (unchanged(feed(retry_at=NOW - HOUR)), {"retry_at": None}),
        (unchanged(feed(kills=2)), {"kills": 0}),
        (unchanged(feed(gone=2, gone_since=NOW - HOUR)), {"gone": 0, "gone_since": None}),
        (unchanged(feed(), body=BODY), {"whole_at": NOW}),
        (unchanged(feed(distrusted_at=NOW - HOUR)), {}),
        (unchanged(feed(distrusted_at=NOW - 31 * DAY)), {"distrusted_at": None}),
    ],
)
def test_what_a_look_without_news_changes(look: Look, expected: dict[str, Any]) -> None:
    assert expected == kept(look)


def test_another_document_replaces_the_validators_as_a_pair() -> None:
    bare = Look(feed(), NOW, Fetched(HERE, Memory('"b"', "", b"2"), body=BODY), Reading(None, b"87654321"))
    expected = {"etag": '"b"', "last_modified": "", "body_hash": b"2", "prints": b"87654321", "whole_at": NOW}
    assert expected == kept(bare)


@pytest.mark.parametrize(
    ("look", "expected"),
    [
        (failed(feed(), FeedUnreachable(NO)), {"failures": 1, "fault": "no"}),
        (failed(feed(failures=7), FeedRefused(NO, 500)), {"failures": 8, "fault": "no"}),
        (failed(feed(), FeedThrottled(NO, NOW + HOUR)), {"failures": 1, "fault": "no", "retry_at": NOW + HOUR}),
        (failed(feed(retry_at=NOW - HOUR), FeedRefused(NO, 500)), {"failures": 1, "fault": "no", "retry_at": None}),
        (failed(feed(), Invalid(NO)), {"failures": 1, "fault": "no"}),
        (failed(feed(), FeedTooHeavy(NO), Fetched(HERE, NEW, body=BODY)), {"failures": 1, "fault": "no", "kills": 1}),
        (failed(feed(whole_at=NOW - 26 * HOUR), FeedUnreachable(NO)), {"failures": 1, "fault": "no", "whole_at": NOW}),
        (failed(feed(), FeedGone(NO)), {"failures": 1, "fault": "no", "gone": 1, "gone_since": NOW}),
        (
            failed(feed(gone=2, gone_since=NOW - 23 * HOUR), FeedGone(NO)),
            {"failures": 1, "fault": "no", "gone": 3, "gone_since": NOW - 23 * HOUR},
        ),
        (
            failed(feed(gone=1, gone_since=NOW - 9 * DAY), FeedGone(NO)),
            {"failures": 1, "fault": "no", "gone": 2, "gone_since": NOW - 9 * DAY},
        ),
        (
            failed(feed(gone=2, gone_since=NOW - DAY), FeedGone(NO)),
            {"failures": 1, "fault": "no", "gone": 3, "gone_since": NOW - DAY, "off_at": NOW},
        ),
    ],
)
def test_what_a_failure_changes(look: Look, expected: dict[str, Any]) -> None:
    assert expected == kept(look)


def test_a_failure_is_no_look_at_the_feed() -> None:
    """Else an article that appeared before it would pass for one that was seen in time."""
    assert "looked_at" not in told(failed(feed(), FeedUnreachable(NO)))


def test_the_third_document_in_a_row_that_cannot_be_read_is_known_by_its_hash() -> None:
    """So that the same bytes cost no further parser; those of the first two may only have met a busy machine."""
    fetched = Fetched(HERE, NEW, body=BODY)
    second, third = (kept(failed(feed(kills=kills), FeedTooHeavy(NO), fetched)) for kills in (1, 2))
    pair = {"etag": NEW.etag, "last_modified": NEW.last_modified, "body_hash": NEW.body_hash}
    assert {"failures": 1, "fault": "no", "kills": 2} == second
    assert {"failures": 1, "fault": "no", "kills": 3} | pair == third


def test_a_feed_in_quarantine_that_has_not_changed_is_still_failing() -> None:
    assert {"failures": 4} == kept(unchanged(feed(kills=3, failures=3)))
    assert {"failures": 4, "whole_at": NOW} == kept(unchanged(feed(kills=3, failures=3), body=BODY, whole=True))


def test_a_feed_that_left_quarantine_is_looked_at_as_ever() -> None:
    """Once an hour while it is in, even on strike."""
    fetched = Fetched(HERE, NEW, body=BODY)
    assert 3600 == wait(failed(feed(kills=2), FeedTooHeavy(NO), fetched), STRIKE)
    assert 3600 == wait(unchanged(feed(kills=3, failures=3)), STRIKE)
    assert 90 == wait(failed(feed(kills=1), FeedTooHeavy(NO), fetched), STRIKE)
    healed = nothing_new(feed(kills=3, failures=5))
    assert (45, 0, 0) == (wait(healed, STRIKE), told(healed)["kills"], told(healed)["failures"])


@pytest.mark.parametrize(
    ("look", "times", "seconds"),
    [
        (unchanged(feed()), NO_STRIKE, 300),
        (unchanged(feed()), STRIKE, 45),
        (unchanged(feed(floor=30)), STRIKE, 30),
        (unchanged(feed(gap=3600.0)), NO_STRIKE, 900),
        (unchanged(feed(gap=3600.0)), STRIKE, 300),
        (unchanged(feed(), fresh_for=600), NO_STRIKE, 600),
        (unchanged(feed(), fresh_for=600), STRIKE, 300),
        (unchanged(feed(crowd=200)), STRIKE, 200),
        (unchanged(feed(distrusted_at=NOW - HOUR)), STRIKE, 300),
        (failed(feed(failures=9, gap=3600.0), FeedUnreachable(NO)), STRIKE, 600),
        (failed(feed(failures=9, gap=9e9), FeedUnreachable(NO)), NO_STRIKE, 43_200),
        (failed(feed(), FeedThrottled(NO, NOW + 2 * HOUR, host_wide=True)), STRIKE, 7200),
    ],
)
def test_when_it_is_looked_at_again(look: Look, times: Times, seconds: float) -> None:
    assert seconds == wait(look, times)


@pytest.mark.parametrize(
    ("opens", "closes", "seconds"),
    [
        (15 * 60 + 7, 9999, 7),  # the eve
        (12, 9999, 7),  # the threshold of the opening
        (-9999, 27, 7),  # the last call
    ],
)
@pytest.mark.parametrize("look", [unchanged(feed(gap=9e9)), failed(feed(failures=9), FeedUnreachable(NO))])
def test_no_wait_goes_past_an_edge_of_a_window(look: Look, opens: float, closes: float, seconds: float) -> None:
    window = Window(NOW + timedelta(seconds=opens), NOW + timedelta(seconds=closes))
    assert seconds == wait(look, replace(NO_STRIKE, windows=(window,)))


@pytest.mark.parametrize(("fresh_for", "edge", "seconds"), [(0, 400, 300), (250, 500, 500), (250, 600, 300)])
def test_the_look_before_an_edge_leaves_what_came_the_time_to_grow_stale(
    fresh_for: int, edge: int, seconds: int
) -> None:
    """A server that calls its answer fresh for so long is not asked twice meanwhile, just because a window closes."""
    window = Window(NOW - HOUR, NOW + timedelta(seconds=edge + 20))
    assert seconds == wait(unchanged(feed(gap=9e9), fresh_for=fresh_for), replace(NO_STRIKE, windows=(window,)))


def test_what_a_server_asked_for_goes_before_an_edge() -> None:
    window = Window(NOW + timedelta(seconds=12), NOW + HOUR)
    look = failed(feed(), FeedThrottled(NO, NOW + timedelta(seconds=90)))
    assert 90 == wait(look, replace(NO_STRIKE, windows=(window,)))


@pytest.mark.parametrize(
    ("look", "own"),
    [
        (unchanged(feed()), False),
        (nothing_new(feed()), False),
        (failed(feed(), FeedUnreachable(NO)), False),
        (failed(feed(moved_to=THERE), FeedUnreachable(NO)), False),
        (failed(feed(), FeedGone(NO)), False),
        (unchanged(feed(), moved_to=THERE), True),
        (unchanged(feed(moved_to=THERE)), True),
        (failed(feed(moved_to=THERE), FeedGone(NO)), True),
        (failed(feed(moved_to=THERE), FeedRefused(NO, 404)), True),
        (failed(feed(moved_to=THERE), FeedRefused(NO, 500)), False),
        (Look(feed(), NOW, Fetched(HERE, NEW, body=BODY), Reading(Document(()))), True),
    ],
)
def test_what_needs_a_transaction_of_its_own(look: Look, own: bool) -> None:
    """A document with something in it, and an address that may change; all else is written down together."""
    assert own == remarkable(look)
