# SPDX-License-Identifier: AGPL-3.0-or-later
"""Feeds at a terminal: the report to forward, the live watch, the list, what the owner of a feed allows."""

import asyncio
import json
import os
import signal
from collections.abc import Callable
from typing import Any

import pytest
from typer.testing import Result

from relay.cli.feed_list import listed
from relay.clock import ManualClock
from relay.house import open_house
from relay.settings import load
from relay.store.feed import Feed
from relay.store.subscription import Subscription
from relay.terms import SubscriptionState

Piquet = Callable[..., Result]


@pytest.fixture
def watched(piquet: Piquet, town: Any) -> Piquet:
    """One newsroom, one feed."""
    for words in (("newsroom", "add", "L’Écho du Lac"), ("feed", "add", town.press.feed)):
        assert 0 == piquet(*words).exit_code
    return piquet


def changed(**columns: Any) -> None:
    """Something befalls the feed."""

    async def befall() -> None:
        async with open_house(load(os.environ)) as house, house.store.write() as tx:
            row = await tx.get(Feed, 1)
            assert row is not None
            for name, value in columns.items():
                setattr(row, name, value)
            tx.add(row)

    asyncio.run(befall())


def test_a_report_fits_an_email_and_tells_all(piquet: Piquet, town: Any) -> None:
    """Its parts in their order, no line over 80 characters, in a pipe too; and for machines."""
    done = piquet("feed", "check", town.press.feed)
    heads = ("What it is", "What Piquet would notice", "When Piquet would look", "WebSub", "What is wrong")
    places = [done.stdout.index(head) for head in heads]
    assert (0, sorted(places)) == (done.exit_code, places)
    assert [] == [line for line in done.stdout.splitlines() if len(line) > 80 or line != line.rstrip()]
    assert town.press.pieces[0].link in done.stdout
    assert "without encryption" in done.stdout
    told = json.loads(piquet("feed", "check", town.press.feed, "--json").stdout)
    assert "not-encrypted" in [each["code"] for each in told["findings"]]
    assert (45, "unknown", 304) == (told["pace"]["strike"], told["pace"]["strike_reason"], told["asked_again"])


def test_where_no_feed_is_somebody_is_told_what_to_do(piquet: Piquet, town: Any) -> None:
    """On stdout for the webmaster, the fault on stderr, and the exit code of a fault; as JSON too."""
    town.press.plan.add(path="feed", method="GET", status=403, times=2)
    done = piquet("feed", "check", town.press.feed)
    assert (1, True) == (done.exit_code, "User-Agent begins with “Piquet”" in done.stdout.replace("\n  ", " "))
    assert "status 403" in done.stderr
    done = piquet("feed", "check", town.press.feed, "--json")
    assert (1, ["status-403"]) == (done.exit_code, [each["code"] for each in json.loads(done.stdout)["findings"]])


def test_a_feed_is_watched_live_and_nothing_is_kept(piquet: Piquet, town: Any, clock: ManualClock) -> None:
    """Six minutes at the pace of a strike; a feed that nobody added."""
    done = piquet("feed", "watch", town.press.address, "--for", "6")
    assert (0, "") == (done.exit_code, done.stderr), done.output
    assert f"the feed is {town.press.feed}" in done.stdout
    assert "304 · unchanged" in done.stdout
    assert "0 new articles" in done.stdout
    assert "newsroom yet" in piquet("feed", "list").stderr
    for line in (
        json.loads(line)
        for line in piquet("feed", "watch", town.press.feed, "--for", "1", "--json").stdout.splitlines()
    ):
        assert line.keys() >= {"summary"} or {200, 304} & {line["status"]}


def test_a_watch_of_a_wrong_address_ends_at_once(piquet: Piquet, town: Any) -> None:
    """A server in trouble is waited for."""
    town.press.plan.add(path="feed", method="GET", status=500, times=1)
    done = piquet("feed", "watch", town.press.feed, "--for", "6", "--json")
    assert [500, 200] == [json.loads(line).get("status") for line in done.stdout.splitlines()][:2]
    done = piquet("feed", "watch", f"{town.press.address}/lost.xml")
    assert (1, True) == (done.exit_code, "status 404" in done.stderr)


def test_an_interrupt_ends_a_watch_calmly(
    piquet: Piquet, town: Any, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C while it waits for the next look: the sum is told, and nothing has gone wrong."""

    async def interrupted(_seconds: float) -> None:
        signal.raise_signal(signal.SIGINT)
        await asyncio.sleep(60)

    monkeypatch.setattr(clock, "sleep", interrupted)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell has those in the background ignore it
    try:
        done = piquet("feed", "watch", town.press.feed)
    finally:
        signal.signal(signal.SIGINT, before)
    assert (0, "") == (done.exit_code, done.stderr)
    assert "1 article, known and silent" in done.stdout
    assert "1 look in 0 seconds" in done.stdout


WRONG = (
    (("watch", "FEED", "--every", "10"), "from 30 to 86400"),
    (("watch", "FEED", "--every", "99999999999999"), "from 30 to 86400"),
    (("watch", "FEED", "--for", "nan"), "number of minutes"),
    (("watch", "FEED", "--for", "-1"), "number of minutes"),
    (("watch", "htp://journal.example"), "https://"),
    (("change", "1"), "--every SECONDS"),
    (("change", "1", "--every", "29"), "from 30 to 300"),
    (("change", "1", "--every", "301"), "from 30 to 300"),
    (("change", "1", "--flood", "-1"), "1 or more"),
    (("change", "9", "--every", "30"), "no feed 9"),
)


def test_what_cannot_be_is_said_in_one_sentence(watched: Piquet, town: Any) -> None:
    """And changes nothing."""
    before = watched("feed", "list", "--json").stdout
    for words, sentence in WRONG:
        done = watched("feed", *(town.press.feed if word == "FEED" else word for word in words))
        assert (2, 1, True) == (done.exit_code, done.stderr.count("\n"), sentence in done.stderr), done.output
    assert before == watched("feed", "list", "--json").stdout


def test_what_the_owner_of_a_feed_allows_is_changed_and_changed_back(watched: Piquet) -> None:
    def allowed() -> tuple[object, object]:
        (row,) = json.loads(watched("feed", "list", "--json").stdout)
        return row["every"], row["flood"]

    assert 0 == watched("feed", "change", "1", "--every", "30").exit_code
    assert (30, None) == allowed()
    assert "more than 25 new" in watched("feed", "change", "1", "--flood", "25").stdout
    assert (30, 25) == allowed()
    assert "every 45 seconds" in watched("feed", "change", "1", "--every", "0", "--flood", "0").stdout
    assert (None, None) == allowed()


def test_the_list_says_how_each_feed_is(watched: Piquet, town: Any, clock: ManualClock) -> None:
    """When it is looked at next, every kind of trouble, and who pushes it."""
    well = watched("feed", "list").stdout
    assert f"1  Le Quotidien\n   {town.press.feed}\n   ✓ well · last look 0 seconds ago · next in 5 minutes\n" == well
    changed(kills=3, distrusted_at=clock.now(), failures=4, fault="No answer.", moved_to="https://new.example/feed")
    troubled = watched("feed", "list").stdout
    for words in ("quarantined", "distrusted", "4 looks in a row", "! No answer.", "https://new.example/feed"):
        assert words in troubled

    async def push() -> None:
        async with open_house(load(os.environ)) as house, house.store.write() as tx:
            hub = {"hub": "https://hub.example/", "topic": "t", "address": "https://a.example", "path": "p"}
            state = SubscriptionState.ACTIVE
            tx.add(Subscription(newsroom_id=1, feed_id=1, state=state, asked_at=clock.now(), pushes=2, **hub))

    asyncio.run(push())
    assert "hub.example pushes it: 2 pushes so far" in watched("feed", "list").stdout
    assert "active" == json.loads(watched("feed", "list", "--json").stdout)[0]["push"]


@pytest.mark.parametrize("reason", ["unverified", "unreachable", "refused", "denied"])
def test_why_a_hub_does_not_push_has_words(reason: str, clock: ManualClock) -> None:
    """Each reason that a subscription may have."""
    row = Feed(id=1, newsroom_id=1, address="https://a.example/feed", lane="", next_look_at=clock.now())
    asked = {"hub": "https://hub.example/", "topic": "t", "address": "a", "path": "p", "asked_at": clock.now()}
    push = Subscription(newsroom_id=1, feed_id=1, state=SubscriptionState.REFUSED, reason=reason, **asked)
    said = "\n".join(listed(row, {1: push}, "Europe/Paris", clock.now()))
    assert ("hub.example does not push it" in said, f"({reason})" in said) == (True, False)
    assert reason in (Subscription.__doc__ or "")


def test_a_feed_that_is_off_is_switched_on_by_adding_it(watched: Piquet, town: Any, clock: ManualClock) -> None:
    """The list says since when and how; what came out meanwhile stays silent."""
    changed(off_at=clock.now(), gone=3)
    assert "off since 2026-12-16 19:00" in watched("feed", "list").stdout
    town.press.publish("Meanwhile")
    assert 0 == watched("feed", "add", town.press.feed).exit_code
    (row,) = json.loads(watched("feed", "list", "--json").stdout)
    assert (1, None, False) == (row["id"], row["off_at"], "off since" in watched("feed", "list").stdout)
