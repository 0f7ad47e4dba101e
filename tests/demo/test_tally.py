# SPDX-License-Identifier: AGPL-3.0-or-later
"""The count of a strike shows every discrepancy, planted one at a time."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from relay.demo.tally import Tally, account_of, answered, count, latencies, quantiles
from relay.square.press import Piece
from relay.square.seen import PublicPost
from relay.terms import Window

MIDNIGHT = datetime(2026, 12, 17, tzinfo=UTC)
WINDOW = Window(MIDNIGHT + timedelta(hours=9), MIDNIGHT + timedelta(hours=19))
ACCOUNTS = ("mastodon/desk", "bluesky/desk.test")
SITE = "http://127.0.0.1:8000/articles"


def at(seconds: float) -> datetime:
    """The stopwatch of these tests shows hours since midnight."""
    return MIDNIGHT + timedelta(hours=seconds)


def piece(number: int, appeared: float) -> Piece:
    return Piece(number, f"Article {number}", "", f"{SITE}/{number}", at(appeared), appeared)


def post(account: str, arrived: float, link: str) -> PublicPost:
    network, _, name = account.partition("/")
    return PublicPost(network, name, f"{account}@{arrived}", "", "En grève", at(arrived), arrived, links=(link,))


PIECES = [piece(1, 8.5), piece(2, 10.0), piece(3, 12.0), piece(4, 19.2)]
SUPPORT = "https://soutien.example/"


def flawless() -> list[PublicPost]:
    """What a strike leaves that goes as it should."""
    said = [(9.1, SUPPORT), (10.25, f"{SITE}/2"), (12.5, f"{SITE}/3"), (18.9, SUPPORT)]
    return [post(account, arrived, link) for account in ACCOUNTS for arrived, link in said]


def counted(posts: Sequence[PublicPost], until: float = 20.0, pieces: Sequence[Piece] = PIECES) -> Tally:
    return count(pieces, posts, ACCOUNTS, WINDOW, at, at(until))


def test_a_strike_that_went_well_counts_as_flawless() -> None:
    expected = Tally(2, dict.fromkeys(ACCOUNTS, 2), 0, 0, 0, {"p50": 0.25, "p95": 0.5, "max": 0.5})
    assert (expected, True) == (counted(flawless()), counted(flawless()).flawless)


def test_the_summary_for_machines_has_the_names_that_were_promised() -> None:
    names = {"articles", "notices", "duplicates", "missing", "outside_window", "latency_s"}
    assert names == set(counted(flawless()).as_json())


def discrepancies(posts: Sequence[PublicPost], until: float = 20.0) -> tuple[int, int, int]:
    tally = counted(posts, until)
    assert tally.flawless is not any((tally.duplicates, tally.missing, tally.outside_window))
    return tally.duplicates, tally.missing, tally.outside_window


@pytest.mark.parametrize(
    ("planted", "expected"),
    [
        pytest.param((13.0, f"{SITE}/3"), (1, 0, 0), id="an article's second notice"),
        pytest.param((13.0, f"{SITE}/3?utm_source=rss"), (1, 0, 0), id="a second one under a campaign's address"),
        pytest.param((13.0, SUPPORT), (1, 0, 0), id="a second start notice"),
        pytest.param((13.0, f"{SITE}/99"), (1, 0, 0), id="a notice for an article that never was"),
        pytest.param((9.5, f"{SITE}/1"), (0, 0, 1), id="a notice for an article from before the strike"),
        pytest.param((19.5, f"{SITE}/4"), (0, 0, 1), id="a notice for an article from after the end"),
    ],
)
def test_a_post_too_many_shows(planted: tuple[float, str], expected: tuple[int, int, int]) -> None:
    assert expected == discrepancies([*flawless(), post(ACCOUNTS[0], *planted)])


@pytest.mark.parametrize("gone", range(8))
def test_any_post_that_is_missing_shows(gone: int) -> None:
    posts = flawless()
    del posts[gone]
    assert (0, 1, 0) == discrepancies(posts)


@pytest.mark.parametrize(("which", "arrived"), [(0, 8.999), (3, 19.0), (2, 19.001)])
def test_a_post_that_arrives_outside_the_window_shows(which: int, arrived: float) -> None:
    posts = flawless()
    posts[which] = replace(posts[which], arrived=arrived)
    assert (0, 0, 1) == discrepancies(posts)


def test_a_wrong_link_shows_twice() -> None:
    """The article is missing its notice, and there is one too many that answers nothing."""
    posts = flawless()
    posts[1] = replace(posts[1], links=("https://elsewhere.example/",))
    assert (1, 1, 0) == discrepancies(posts)


def test_silence_shows() -> None:
    assert (0, 8, 0) == discrepancies([])


@pytest.mark.parametrize(("until", "missing"), [(9.2, 0), (9.6, 2), (10.4, 2), (10.6, 4), (18.9, 6), (19.0, 8)])
def test_what_may_still_be_under_way_is_not_missing_yet(until: float, missing: int) -> None:
    pieces = [each for each in PIECES if each.appeared <= until]
    assert missing == counted([], until, pieces).missing


def test_what_newsrooms_change_afterwards_does_not_move_an_article() -> None:
    """It belongs to the window in which it first appeared, whatever its date says now."""
    redated = [replace(each, published=at(8.0), title="Autre titre") for each in PIECES]
    assert counted(flawless()) == counted(flawless(), pieces=redated)


def test_latency_is_counted_to_the_first_notice_of_each_account() -> None:
    again = post(ACCOUNTS[0], 16.0, f"{SITE}/2")
    assert [0.25, 0.25, 0.5, 0.5] == latencies(PIECES, [*flawless(), again])


def test_a_link_card_leads_to_an_article_too() -> None:
    carded = replace(post(ACCOUNTS[1], 10.25, ""), links=(), card_url=f"{SITE}/2")
    assert (PIECES[1], "bluesky/desk.test") == (answered(carded, PIECES), account_of(carded))


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        ([], {"p50": 0.0, "p95": 0.0, "max": 0.0}),
        ([0.1], {"p50": 0.1, "p95": 0.1, "max": 0.1}),
        ([float(n) for n in range(1, 101)], {"p50": 50.0, "p95": 95.0, "max": 100.0}),
        ([2.0, 1.0, 3.00049], {"p50": 2.0, "p95": 3.0, "max": 3.0}),
    ],
)
def test_quantiles_are_nearest_ranks(seconds: Sequence[float], expected: dict[str, float]) -> None:
    assert expected == quantiles(seconds)
