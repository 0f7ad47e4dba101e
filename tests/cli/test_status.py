# SPDX-License-Identifier: AGPL-3.0-or-later
"""One screen of 80 columns: what goes well is short, what does not says what to do."""

import io
import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from rich.console import Console
from typer.testing import Result

from relay.cli.run import line, started
from relay.cli.standing import Picture, as_value
from relay.cli.status import screen
from relay.i18n import speak
from relay.store.account import Account
from relay.store.article import Hold
from relay.store.feed import Feed
from relay.store.instance import Instance
from relay.store.ledger import Delivery, Notice
from relay.store.newsroom import Newsroom
from relay.store.standing import Standing
from relay.store.strike import Strike
from relay.terms import AccountState, Action, DeliveryState, NoticeKind, StrikeState, Window

Piquet = Callable[..., Result]
NOW = datetime(2026, 12, 17, 11, tzinfo=UTC)
NEWSROOM = Newsroom(id=1, slug="echo", name="L’Écho du Lac", zone="Europe/Paris", made_at=NOW)
WINDOW = Window(NOW - timedelta(hours=3), NOW + timedelta(hours=7))


def account(number: int, handle: str, **changes: object) -> Account:
    values = {
        "state": AccountState.CONNECTED,
        "lane": "",
        "sealed": b"sealed",
        "entitled_at": NOW,
        "verified_at": NOW,
        **changes,
    }
    return Account(id=number, newsroom_id=1, network="bluesky", remote_id=handle, handle=handle, **values)


def strike(state: StrikeState) -> Strike:
    return Strike(id=1, newsroom_id=1, name="Retraites", state=state, made_at=NOW)


FEED = Feed(
    id=1, newsroom_id=1, address="https://a.example/rss", title="À la une", lane="", looked_at=NOW, next_look_at=NOW
)
DESK = account(1, "desk.example")
QUIET = Picture(NEWSROOM, NOW, [FEED], [DESK], [], strike(StrikeState.RUNNING), (WINDOW,), 4)


def shown(seen: Picture) -> str:
    out = io.StringIO()
    console = Console(file=out, width=80, highlight=False)
    for part in screen(seen):
        console.print(part)
    assert max(map(len, out.getvalue().splitlines())) <= 80
    return out.getvalue()


def test_a_quiet_day_has_nothing_to_look_at() -> None:
    """State, time left, articles, accounts; no list of troubles."""
    seen = shown(replace(QUIET, notices=(Standing(1, DeliveryState.SENT, "", 5, ""),)))
    assert "“Retraites”: running" in seen
    assert "7 hours left" in seen
    assert "4 articles answered" in seen
    assert "What needs a look" not in seen


@pytest.mark.parametrize(
    ("notice", "words"),
    [
        (
            Standing(1, DeliveryState.REJECTED, "refused", 2, "spam"),
            ("2 refused: the network refused it", "spam → change the notice"),
        ),
        (Standing(1, DeliveryState.REJECTED, "unfit", 1, ""), ("→ shorten the wording",)),
        (
            Standing(1, DeliveryState.PENDING, "unauthorised", 1, ""),
            ("→ connect the account again: “piquet account connect bluesky”",),
        ),
        (Standing(1, DeliveryState.PENDING, "held", 1, ""), ("→ ask the network’s moderators",)),
        (Standing(1, DeliveryState.EXPIRED, "late", 1, ""), ("1 expired", "too late")),
        (Standing(1, DeliveryState.NEEDS_HUMAN, "unsure", 1, ""), ("1 needs you", "look at the account")),
        (Standing(1, DeliveryState.PENDING, "unreachable", 3, ""), ("3 waiting", "tries again by itself")),
        (Standing(1, DeliveryState.UNSURE, "unsure", 1, ""), ("being looked for", "the answer got lost")),
    ],
)
def test_what_did_not_go_out_is_said_in_words(notice: Standing, words: tuple[str, ...]) -> None:
    """How many, where, why, and what the network said where that helps."""
    seen = " ".join(shown(replace(QUIET, notices=(notice,))).split())
    assert [] == [each for each in words if each not in seen]


def test_everything_that_needs_a_person_says_what_to_do() -> None:
    """A paused account, held articles, a feed in trouble."""
    paused = account(2, "old.example", state=AccountState.PAUSED, reason="The token was revoked.")
    hold = Hold(id=3, newsroom_id=1, feed_id=1, reason="flood", made_at=NOW)
    feed = Feed(id=1, newsroom_id=1, address="https://a.example/rss", lane="", next_look_at=NOW, fault="No answer.")
    seen = shown(replace(QUIET, accounts=[DESK, paused], holds=[hold], feeds=[feed]))
    expected = (
        "! paused",
        "The token was revoked.",
        "→ piquet account connect bluesky",
        "→ piquet held list",
        "! No answer.",
    )
    assert [] == [each for each in expected if each not in seen]


def feed(number: int, **changes: object) -> Feed:
    values = {"title": f"Rubrique {number}", "looked_at": NOW, "next_look_at": NOW + timedelta(minutes=1), **changes}
    return Feed(id=number, newsroom_id=1, address=f"https://a.example/{number}/rss", lane="", **values)


def test_hundreds_of_feeds_are_a_few_lines() -> None:
    """Those in trouble first, ten at most, wherever they are in the list; the others are counted."""
    many = [feed(number) for number in range(300)]
    assert "✓ 300 feeds are well, last look 0 seconds ago" in shown(replace(QUIET, feeds=many))
    many[299] = feed(299, off_at=NOW)
    for number in range(100, 112):
        many[number] = feed(number, fault="journal.example did not answer in time. " * 3)
    seen = shown(replace(QUIET, feeds=many))
    assert 10 == seen.count("Rubrique")
    assert "… and 3 more are in trouble: “piquet feed list”" in seen
    assert "✓ 287 feeds are well" in seen
    assert "Rubrique 299: ! off" in shown(replace(QUIET, feeds=many[200:]))


def worked(ago: float) -> Instance:
    """A relay did its rounds so many seconds ago."""
    return Instance(made_at=NOW, seen_at=NOW, turned_at=NOW - timedelta(seconds=ago))


@pytest.mark.parametrize(
    ("late", "clock", "words"),
    [
        (40, worked(1), ""),
        (180, worked(1), "! Looks are 3 minutes late: this machine has more feeds than it can look at. Remove"),
        (180, worked(61), "! Nobody looks at the feeds: looks are 3 minutes late. Start “piquet run”."),
        (180, None, "! Nobody looks at the feeds: looks are 3 minutes late. Start “piquet run”."),
        (180, Instance(made_at=NOW, seen_at=NOW + timedelta(hours=1)), ""),  # all is held: the clock was set back
    ],
)
def test_late_looks_are_one_line(late: float, clock: Instance | None, words: str) -> None:
    """Once a whole interval is missed, and with the reason."""
    due = NOW - timedelta(seconds=late)
    seen = shown(replace(QUIET, feeds=[feed(1, next_look_at=due, looked_at=due)], clock=clock))
    assert words in " ".join(seen.split())
    assert bool(words) == ("late" in seen)
    assert (late if words else 0) <= as_value(replace(QUIET, feeds=[feed(1, next_look_at=due)]))["looks_late"]


def test_french_has_its_own_punctuation() -> None:
    """Spaces before colons that do not break, and quotes of its own, on the screen and in the lines of a run."""
    speak("fr")
    refused = Standing(1, DeliveryState.REJECTED, "refused", 2, "")
    seen = shown(replace(QUIET, notices=(refused,)))
    speak("en")
    assert "À la une\u00a0: ✓ dernière lecture" in seen
    assert "! desk.example\u00a0: 2 refus\u00a0: le réseau" in seen
    assert [] == re.findall(r"[^\s\u00a0\d]:|[“”]", seen)


@pytest.mark.parametrize(
    ("seen", "words"),
    [
        (Picture(NEWSROOM, NOW, [], [], []), ("piquet strike plan", "piquet feed add", "piquet account connect")),
        (replace(QUIET, strike=strike(StrikeState.DRAFT)), ("draft: nothing happens before you arm it",)),
        (replace(QUIET, now=NOW - timedelta(hours=12)), ("opens in 9 hours",)),
        (replace(QUIET, now=NOW + timedelta(days=1)), ("No window is to come.",)),
    ],
)
def test_every_stage_of_a_strike_has_its_words(seen: Picture, words: tuple[str, ...]) -> None:
    """Before, between and after."""
    assert [] == [each for each in words if each not in shown(seen)]


def test_the_same_for_machines() -> None:
    """Moments in UTC, counts by state."""
    value = json.loads(
        json.dumps(as_value(replace(QUIET, notices=(Standing(1, DeliveryState.SENT, "", 5, ""),))), default=str)
    )
    assert ({"sent": 5}, "running", 4) == (
        value["accounts"][0]["notices"],
        value["strike"]["state"],
        value["strike"]["articles"],
    )


def test_moments_for_machines_are_iso_8601(ready: Piquet) -> None:
    """As every parser reads them."""
    assert "2026-12-16T18:00:00Z" == json.loads(ready("status", "--json").stdout)[0]["now"]


@pytest.mark.parametrize(
    ("state", "words"), [(StrikeState.RUNNING, "is on"), (StrikeState.DRAFT, "No strike is armed")]
)
def test_the_relay_says_what_it_is_about_to_do(state: StrikeState, words: str) -> None:
    """When it starts."""
    assert words in "\n".join(map(str, started([(replace(QUIET, strike=strike(state)), (300, NOW))])))


@pytest.mark.parametrize(
    ("state", "reason", "words"),
    [
        (DeliveryState.SENT, "", "12:00:00 ✓ desk.example · “Un” · https://bsky.example/1"),
        (DeliveryState.REJECTED, "refused", "12:00:00 ! desk.example · “Un” · refused: the network refused it"),
    ],
)
def test_a_line_a_notice(state: DeliveryState, reason: str, words: str) -> None:
    """When, where, which article, and its address or why not; by the newsroom's clock."""
    row = Delivery(
        newsroom_id=1, strike_id=1, notice_id=1, account_id=1, action=Action.PUBLISH, lane="", rank=1, state=state,
        due_at=NOW, settled_at=NOW, reason=reason, remote_url="https://bsky.example/1",
    )  # fmt: skip
    notice = Notice(
        newsroom_id=1, strike_id=1, slot_id=1, kind=NoticeKind.ARTICLE, subject="article/1", number=0, made_at=NOW
    )
    assert words == line(row, notice, DESK, "Un", "Europe/Paris")
