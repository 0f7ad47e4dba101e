# SPDX-License-Identifier: AGPL-3.0-or-later
"""What is done about a subscription: each state, each need, before and after its lease."""

import random
from datetime import UTC, datetime, timedelta

import pytest

from relay.feeds.websub import hint, lease
from relay.feeds.websub.lease import Need, Step
from relay.feeds.websub.signature import signed_with
from relay.store.feed import Feed
from relay.store.subscription import Subscription
from relay.terms import SubscriptionState as State
from relay.terms import Window

NOW = datetime(2026, 12, 17, 8, 50, tzinfo=UTC)
HOUR = timedelta(hours=1)
LASTS, OVER = NOW + HOUR, NOW


def subscription(state: State, expires_at: datetime | None = LASTS, failures: int = 0) -> Subscription:
    return Subscription(
        newsroom_id=1, feed_id=1, hub="h", topic="t", address="a", path="p", state=state, asked_at=NOW - HOUR,
        expires_at=expires_at, failures=failures,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("row", "now", "later", "none"),
    [
        (None, Step.BEGIN, Step.NOTHING, Step.NOTHING),
        (subscription(State.OVER, None), Step.BEGIN, Step.NOTHING, Step.NOTHING),
        (subscription(State.REFUSED, None), Step.BEGIN, Step.END, Step.END),
        (subscription(State.ASKED, None), Step.REPEAT, Step.REPEAT, Step.END),
        (subscription(State.ACTIVE), Step.REPEAT, Step.REPEAT, Step.LEAVE),
        (subscription(State.ACTIVE, OVER), Step.BEGIN, Step.BEGIN, Step.END),
        (subscription(State.RENEWING), Step.REPEAT, Step.REPEAT, Step.LEAVE),
        (subscription(State.RENEWING, OVER), Step.BEGIN, Step.BEGIN, Step.END),
        (subscription(State.LEAVING), Step.BEGIN, Step.LEAVE, Step.LEAVE),
        (subscription(State.LEAVING, OVER), Step.BEGIN, Step.END, Step.END),
        (subscription(State.LEAVING, LASTS, lease.LEAVE_TRIES), Step.BEGIN, Step.END, Step.END),
    ],
)
def test_the_next_step_for_each_state_and_need(row: Subscription | None, now: Step, later: Step, none: Step) -> None:
    assert (now, later, none) == tuple(lease.step(row, need, NOW) for need in (Need.NOW, Need.LATER, Need.NONE))


@pytest.mark.parametrize("state", [State.ASKED, State.ACTIVE, State.RENEWING])
def test_a_feed_that_names_another_hub_is_asked_for_there(state: State) -> None:
    assert Step.BEGIN == lease.step(subscription(state), Need.NOW, NOW, moved=True)
    assert lease.step(subscription(state), Need.NONE, NOW, moved=True) in (Step.LEAVE, Step.END)


def test_a_strike_needs_pushes_from_a_quarter_of_an_hour_before_it_to_its_end() -> None:
    """Between two windows what there is stays, but nothing begins."""
    first, second = Window(NOW, NOW + HOUR), Window(NOW + 5 * HOUR, NOW + 6 * HOUR)
    moments = [-16, -15, 59, 60, 5 * 60 - 15, 6 * 60 - 1, 6 * 60]
    needs = [lease.need([first, second], NOW + timedelta(minutes=each)) for each in moments]
    assert [Need.LATER, Need.NOW, Need.NOW, Need.LATER, Need.NOW, Need.NOW, Need.NONE] == needs


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("", timedelta(days=10)),
        ("864000", timedelta(days=10)),
        ("60", timedelta(minutes=1)),
        ("99999999999999999999", timedelta(days=14)),
        *[(junk, None) for junk in ("0", "-1", "1.5", "1e3", "٣", "ten", " ", "000")],
    ],
)
def test_the_lease_that_is_honoured(said: str, expected: timedelta | None) -> None:
    assert expected == lease.granted(said)


def test_a_lease_is_renewed_well_before_its_end_and_not_by_all_at_once() -> None:
    moments = {lease.renewal_at(timedelta(days=10), NOW, random.Random(seed)) - NOW for seed in range(50)}
    assert timedelta(days=6.3) <= min(moments) < timedelta(days=6.6) < timedelta(days=7.4) < max(moments)
    assert max(moments) <= timedelta(days=7.7)
    assert timedelta(minutes=1) == lease.renewal_at(timedelta(seconds=5), NOW, random.Random(1)) - NOW


def test_failures_back_off_from_a_minute_to_six_hours() -> None:
    rests = [(lease.try_again_at(n, NOW, random.Random(n)) - NOW) / timedelta(minutes=1) for n in (0, 1, 2, 5, 9, 99)]
    assert [1, 2, 4, 32, 360, 360] == pytest.approx(rests, rel=0.1)


@pytest.mark.parametrize(
    ("feed", "hub", "expected"),
    [("https", "https", True), ("http", "https", True), ("http", "http", True), ("https", "http", False)],
)
def test_a_hub_that_is_reached_less_safely_than_its_feed_gets_no_secret(feed: str, hub: str, expected: bool) -> None:
    assert expected == lease.trusted(f"{feed}://journal.example/", f"{hub}://hub.example/")


def test_a_push_pulls_the_look_forward_but_not_too_often() -> None:
    feed = Feed(newsroom_id=1, address="a", lane="feed/00", next_look_at=NOW)
    soon = hint.look_at(feed, NOW, random.Random(3)) - NOW
    assert timedelta(seconds=1) <= soon <= timedelta(seconds=3)
    feed.looked_at = NOW - timedelta(seconds=4)
    assert timedelta(seconds=6) == hint.look_at(feed, NOW, random.Random(3)) - NOW


def test_strays_are_heeded_once_a_minute() -> None:
    row = subscription(State.ACTIVE)
    assert hint.heeded(row, NOW)
    row.hinted_at = NOW
    heeded = [hint.heeded(row, NOW + timedelta(seconds=each)) for each in (-1, 0, 59, 60)]
    assert [True, False, False, True] == heeded  # before: of a clock that ran ahead


RIGHT = {
    "sha1": "de7c9b85b8b78aa6bc8a7a36f70a90701c9db4d9",
    "sha256": "f7bc83f430538424b13298e6aa6fb143ef4d59a14946175997479dbc2d1a3cd8",
}
"""Of the sentence below, from https://en.wikipedia.org/wiki/HMAC#Examples."""


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ([f"sha256={RIGHT['sha256']}"], "sha256"),
        ([f"SHA256={RIGHT['sha256'].upper()}"], "sha256"),
        ([f"sha1={RIGHT['sha1']}"], "sha1"),
        ([f"sha1={RIGHT['sha1']}", f"sha256={RIGHT['sha256']}"], "sha256"),
        ([f"sha1={RIGHT['sha1']},sha256={RIGHT['sha256']}"], "sha256"),
        ([f"sha1={RIGHT['sha1']}", f"sha256={'0' * 64}"], ""),
        ([f"sha1={RIGHT['sha256']}"], ""),
        ([f"sha256={RIGHT['sha256'][:-2]}"], ""),
        ([f"md5={'0' * 32}"], ""),
        *[([junk], "") for junk in ("", "sha256=", "sha256", "=", "sha256=zz", "sha256=é", ",,,", "sha256=\udcff")],
        ([], ""),
    ],
)
def test_signatures(headers: list[str], expected: str) -> None:
    """The strongest counts, and a weaker one does not mend it."""
    assert expected == signed_with(headers, "key", b"The quick brown fox jumps over the lazy dog")


def test_nothing_is_signed_with_no_secret() -> None:
    """Everybody knows that one."""
    empty = "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"  # HMAC-SHA256("", "")
    assert "" == signed_with([f"sha256={empty}"], "", b"")
    assert "" != signed_with([f"sha256={empty}"], "\0", b"")  # the same to HMAC, which pads keys with zeros
