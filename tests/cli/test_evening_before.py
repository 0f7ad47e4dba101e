# SPDX-License-Identifier: AGPL-3.0-or-later
"""The evening before and the day itself, told in commands, on a home of its own and servers on loopback."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from relay.clock import ManualClock

Piquet = Callable[..., Result]
pytestmark = pytest.mark.usefixtures("on_each_store")

NINE = datetime(2026, 12, 17, 8, tzinfo=UTC)  # in Paris
NINETEEN = datetime(2026, 12, 17, 18, tzinfo=UTC)


def said(done: Result) -> str:
    """The output of a command that went well."""
    assert 0 == done.exit_code, done.output
    return done.stdout


def test_the_whole_story(ready: Piquet, plan: Piquet, work: Callable[[], None], town: Any, clock: ManualClock) -> None:
    """Plan, preview, arm, go to the march: one notice an article on each account, none before, none after."""
    assert "is planned" in said(plan())
    assert "Nothing was sent." in said(ready("preview"))
    assert "2026-12-17 09:00–19:00" in said(ready("strike", "arm"))
    clock.move_to(NINE)
    work()
    town.press.publish("Budget : le vote reporté")
    clock.advance(minutes=2)
    work()
    mastodon, bluesky = ([post.text for post in each.public()] for each in (town.mastodon, town.pds))
    assert [1, 1] == [sum("Budget" in text for text in texts) for texts in (mastodon, bluesky)]
    assert [2, 2] == [len(texts) for texts in (mastodon, bluesky)]  # and a start notice each
    status = json.loads(said(ready("status", "--json")))[0]
    assert ("running", 1) == (status["strike"]["state"], status["strike"]["articles"])
    assert [{"sent": 2, "pending": 1}] * 2 == [each["notices"] for each in status["accounts"]]
    clock.move_to(NINETEEN)
    work()
    town.press.publish("Après la fin")
    clock.advance(minutes=2)
    work()
    assert not [post for post in town.mastodon.public() + town.pds.public() if "Après" in post.text]
    assert "ended" == json.loads(said(ready("strike", "list", "--json")))[0]["state"]


def test_stop_is_at_once_and_renew_goes_on(
    ready: Piquet, plan: Piquet, work: Callable[[], None], clock: ManualClock
) -> None:
    """Stopped in the middle of the day, what waits is withdrawn; renewed, the same hours come again tomorrow."""
    plan(), ready("strike", "arm"), clock.move_to(NINE), work()
    assert "2 notices were withdrawn" in said(ready("strike", "stop"))
    assert "stopped" in said(ready("status"))
    assert "2026-12-18 09:00–19:00" in said(ready("strike", "renew"))
    assert "2026-12-21 09:00–19:00" in said(ready("strike", "renew", "--on", "2026-12-21"))
    assert "armed" == json.loads(said(ready("strike", "show", "--json")))["state"]


def test_the_calendar_is_written_for_any_calendar(ready: Piquet, plan: Piquet, tmp_path: Path) -> None:
    """To a file or to the next program, with CRLF as RFC 5545 wants it."""
    plan()
    file = tmp_path / "strike.ics"
    assert str(file) in said(ready("strike", "calendar", "--output", file))
    assert b"SUMMARY:Gr\xc3\xa8ve des retraites\r\n" in file.read_bytes()
    assert "DTSTART;TZID=Europe/Paris:20261217T090000" in said(ready("strike", "calendar"))


def test_a_preview_shows_each_account_and_sends_nothing(ready: Piquet, plan: Piquet, town: Any) -> None:
    """As it would look there, counted as the network counts."""
    plan()
    shown = said(ready("preview", "--all"))
    expected = ("@desk@", "desk.test", "Mastodon", "Bluesky", "/500", "/300", "« An old story »", "start notice")
    assert [] == [words for words in expected if words not in shown.replace("\u00a0", " ")]
    values = json.loads(said(ready("preview", "--json")))
    assert {("mastodon", 500), ("bluesky", 300)} == {(each["network"], each["limit"]) for each in values}
    assert [] == town.mastodon.public() + town.pds.public()


def test_two_newsrooms_are_told_apart(ready: Piquet) -> None:
    """With one its name is needless; with two a command says which there are."""
    said(ready("newsroom", "add", "Harbour Post", "--zone", "Europe/London"))
    asked = ready("feed", "list")
    assert (2, "several newsrooms" in asked.stderr, "harbour-post" in asked.stderr) == (asked.exit_code, True, True)
    assert "no feed yet" in said(ready("feed", "list", "--newsroom", "harbour-post"))
    assert 1 == len(json.loads(said(ready("feed", "list", "--newsroom", "l-echo-du-lac", "--json"))))


def test_a_flood_waits_for_a_person(
    ready: Piquet, plan: Piquet, work: Callable[[], None], town: Any, clock: ManualClock
) -> None:
    """Held articles are listed with what to do; one word releases them, another drops them."""
    plan(), ready("strike", "arm"), clock.move_to(NINE), work()
    for number in range(12):
        town.press.publish(f"Story {number}")
    clock.advance(minutes=2)
    work()
    held = json.loads(said(ready("held", "list", "--json")))
    assert ("flood", 12) == (held[0]["reason"], len(held[0]["articles"]))
    assert "piquet held release 1" in said(ready("held", "list"))
    assert "more new articles" in said(ready("status"))
    assert "12 articles are released" in said(ready("held", "release", "1"))
    assert "Nothing waits for you." in said(ready("held", "list"))
    work()
    assert 12 == sum("Story" in post.text for post in town.pds.public())


def test_lists_for_machines_hold_nothing_secret(ready: Piquet, town: Any) -> None:
    """Accounts as JSON: who, where, how long a notice may be; no token."""
    text = said(ready("account", "list", "--json"))
    assert [("mastodon", 500), ("bluesky", 300)] == [(each["network"], each["limit"]) for each in json.loads(text)]
    assert not [secret for secret in (town.token, town.app_password) if secret.read_text().strip() in text]
    assert "✓ connected" in said(ready("account", "list"))
    assert 2 == said(ready("account", "check")).count("is let in")


def test_a_feed_is_checked_before_it_is_trusted(piquet: Piquet, town: Any, tmp_path: Path) -> None:
    """At an address, behind a front page, or in a file: each entry as read, and nothing is kept."""
    at_address = json.loads(said(piquet("feed", "check", town.press.feed, "--json")))
    assert [("An old story", "2026-12-16T18:00:00Z")] == [(e["title"], e["published"]) for e in at_address["entries"]]
    assert "An old story" in said(piquet("feed", "check", town.press.address))
    file = tmp_path / "saved.xml"
    file.write_text('<rss version="2.0"><channel><title>T</title><item><title>Un</title></item></channel></rss>')
    assert "has no link" in said(piquet("feed", "check", file))


def test_a_new_feed_is_watched_in_silence(
    ready: Piquet, plan: Piquet, work: Callable[[], None], town: Any, clock: ManualClock
) -> None:
    """What was there before the feed was added is never answered."""
    plan(), ready("strike", "arm"), clock.move_to(NINE), work()
    assert not [post for post in town.pds.public() if "An old story" in post.text]
