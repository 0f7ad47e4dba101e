# SPDX-License-Identifier: AGPL-3.0-or-later
"""What strikers must know of, as a table: a scene, and what is so in it."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from desk import EIGHT, NINE, NINETEEN

from relay.alerts.conditions import Room, Scene, judged
from relay.store.account import Account
from relay.store.alert import Waiting
from relay.store.article import Hold
from relay.store.feed import Feed
from relay.store.instance import Instance
from relay.terms import AccountState, AlertKind, Window

A = AlertKind
NOON = EIGHT + timedelta(hours=4)
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
CALM = Scene(
    now=NOON,
    zone="Europe/Paris",
    silence=3 * HOUR,
    room=Room(free=500 << 30, total=1000 << 30),
    windows=(Window(NINE, NINETEEN),),
    fresh=12,
    clock=Instance(made_at=EIGHT, seen_at=NOON),
)


def account(state: AccountState = AccountState.CONNECTED, sealed: bytes = b"x") -> Account:
    return Account(
        id=3, newsroom_id=1, network="mastodon", remote_id="1", handle="@desk", lane="", state=state, sealed=sealed,
        entitled_at=EIGHT, verified_at=EIGHT,
    )  # fmt: skip


def feed(failures: int, looked_at: datetime | None = NOON - MINUTE, **changes: Any) -> Feed:
    """Looked at every 80 s during a strike."""
    values = {"title": "La Une", "gap": 640.0, "kills": 0, "next_look_at": NOON, **changes}
    return Feed(
        id=5, newsroom_id=1, address="https://secret@journal.example/feed?key=s3cret", lane="", failures=failures,
        looked_at=looked_at, **values,
    )  # fmt: skip


PAUSED = account(AccountState.PAUSED)
HELD = Hold(id=7, newsroom_id=1, feed_id=5, reason="flood", made_at=NOON)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, []),
        ({"accounts": [account()]}, []),
        ({"accounts": [PAUSED]}, [(A.ACCOUNT, "account/3")]),
        ({"accounts": [account(AccountState.PAUSED, sealed=b"")]}, []),  # forgotten
        ({"feeds": [feed(2)]}, []),
        ({"feeds": [feed(3)]}, [(A.FEED, "feed/5")]),
        ({"feeds": [feed(1, NOON - HOUR)]}, []),  # the first look that failed
        ({"feeds": [feed(1, NOON - HOUR, retry_at=NOON + HOUR)]}, [(A.FEED, "feed/5")]),
        ({"feeds": [feed(0, NOON - HOUR)]}, []),  # it is our look that is missing
        ({"feeds": [feed(2, NOON - 400 * SECOND)]}, []),
        ({"feeds": [feed(2, NOON - 401 * SECOND)]}, [(A.FEED, "feed/5")]),
        ({"feeds": [feed(2, NOON - 401 * SECOND, gap=None)]}, [(A.FEED, "feed/5")]),
        ({"feeds": [feed(2, NOON - 1499 * SECOND, gap=9e9)]}, []),
        ({"feeds": [feed(2, NINE - 50 * MINUTE)], "now": NINE - 30 * MINUTE, "clock": None}, []),  # no closer looks yet
        ({"feeds": [feed(2, None)]}, [(A.FEED, "feed/5")]),
        ({"feeds": [feed(9)], "now": NINE - 61 * MINUTE, "clock": None}, []),  # no window needs it yet
        ({"feeds": [feed(9)], "now": NINE - 59 * MINUTE, "clock": None}, [(A.FEED, "feed/5")]),
        ({"feeds": [feed(9)], "now": NINETEEN}, []),
        ({"feeds": [feed(3, off_at=EIGHT)]}, [(A.OFF, "feed/5")]),
        ({"feeds": [feed(3, off_at=EIGHT)], "now": NINE - 99 * HOUR, "clock": None}, [(A.OFF, "feed/5")]),
        ({"feeds": [feed(3, off_at=EIGHT)], "windows": ()}, []),  # no strike needs it
        ({"feeds": [feed(3, off_at=EIGHT)], "now": NINETEEN}, []),
        ({"feeds": [feed(3, kills=3)], "now": NINE - 99 * HOUR, "clock": None}, [(A.HEAVY, "feed/5")]),
        ({"feeds": [feed(2, kills=2)]}, []),
        ({"feeds": [feed(3, kills=3)], "windows": ()}, []),
        ({"feeds": [feed(0, distrusted_at=EIGHT)]}, []),
        ({"behind": 5 * MINUTE}, [(A.BEHIND, "")]),
        ({"behind": 4 * MINUTE}, []),
        ({"behind": 9 * MINUTE, "now": NINE - MINUTE, "clock": None}, []),
        ({"fresh": 0}, [(A.QUIET, "")]),
        ({"fresh": 0, "now": NINE + 3 * HOUR - MINUTE, "clock": None}, []),
        ({"fresh": 0, "now": NINETEEN}, []),
        ({"unanswered_since": NOON - 3 * HOUR}, [(A.MUTE, "")]),
        ({"unanswered_since": NOON - 2 * HOUR}, []),
        ({"accounts": [account()], "late": [Waiting(3, 2, NOON - 6 * MINUTE)]}, [(A.LATE, "account/3")]),
        ({"accounts": [PAUSED], "late": [Waiting(3, 2, NOON - 6 * MINUTE)]}, [(A.ACCOUNT, "account/3")]),
        ({"accounts": [account()], "human": [Waiting(3, 1, NOON - HOUR)]}, [(A.HUMAN, "account/3")]),
        ({"feeds": [feed(0)], "holds": [HELD]}, [(A.HELD, "hold/7")]),
        ({"holds": [HELD]}, [(A.HELD, "hold/7")]),  # of a feed that was removed
        ({"clock": None}, []),
        ({"now": NOON - 20 * timedelta(seconds=1)}, []),
        ({"now": NOON - MINUTE}, [(A.CLOCK, "")]),
        ({"clock": Instance(made_at=EIGHT, seen_at=NOON, stepped_at=NOON)}, [(A.STEP, "")]),
        ({"room": Room(free=150 << 20, total=1 << 30)}, [(A.DISK, "")]),
        ({"room": Room(free=9 << 30, total=100 << 30)}, [(A.DISK, "")]),
        ({"room": Room(free=11 << 30, total=100 << 30)}, []),
    ],
)
def test_what_is_so(changes: dict[str, Any], expected: list[tuple[AlertKind, str]]) -> None:
    """Each figure, just below and just above."""
    found = judged(replace(CALM, **changes))
    assert expected == [(each.kind, each.subject) for each in found]


def test_while_the_clock_is_held_nothing_is_called_late() -> None:
    """Nor quiet, nor mute, nor dead: what does not depend on the time is still told."""
    scene = replace(
        CALM,
        now=NOON - 2 * MINUTE,
        fresh=0,
        behind=HOUR,
        feeds=[feed(9)],
        accounts=[PAUSED],
        unanswered_since=EIGHT,
    )
    assert {A.ACCOUNT, A.CLOCK} == {each.kind for each in judged(scene)}


@pytest.mark.parametrize(("title", "named"), [("La Une", "La Une"), ("", "journal.example")])
def test_a_feed_is_named_without_its_address(title: str, named: str) -> None:
    """An address may hold a secret."""
    [found] = judged(replace(CALM, feeds=[feed(4, title=title)]))
    assert {"feed": named, "failures": "4"} == found.facts
