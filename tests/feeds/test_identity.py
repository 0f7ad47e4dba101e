# SPDX-License-Identifier: AGPL-3.0-or-later
"""The rules of identity one by one, and what must hold for any feed at all."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from feeds.scenario import Reader
from hypothesis import given
from hypothesis import strategies as st

from relay.feeds.identity.canonical import normalise, universal
from relay.feeds.identity.judge import judge
from relay.feeds.identity.keys import SPOILT, Key, all_keys, keys
from relay.feeds.identity.verdicts import Judgement
from relay.terms import Entry

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
BEFORE = NOW - timedelta(hours=2)


def entry(number: int, **changes: object) -> Entry:
    link = f"https://gazette.example/{number}"
    published = NOW - timedelta(minutes=number)
    return replace(Entry(link, link, f"Article numéro {number} du jour", published=published), **changes)  # type: ignore[arg-type]


def learn(known: dict[Key, int], judgement: Judgement) -> None:
    """Write a judgement down as the watch does."""
    number = max(known.values(), default=0)
    for verdict in judgement.verdicts:
        number += verdict.article is None
        known.update(dict.fromkeys(verdict.keys, verdict.article or number))
    known.update(dict.fromkeys(judgement.spoilt, SPOILT))


def known_of(*entries: Entry) -> dict[Key, int]:
    known: dict[Key, int] = {}
    learn(known, judge(entries, known, None, BEFORE))
    return known


def titles(judgement: Judgement) -> list[str]:
    return [verdict.entry.title for verdict in judgement.new]


def test_the_first_document_is_silent_whole() -> None:
    judgement = judge([entry(n) for n in range(50)], {}, None, NOW)
    assert {verdict.silent for verdict in judgement.verdicts} == {"baseline"}
    assert (len(judgement.verdicts), judgement.new, judgement.hold) == (50, (), "")


def test_new_articles_come_out_oldest_first() -> None:
    judgement = judge([entry(1), entry(3), entry(2)], {}, BEFORE, NOW)
    assert titles(judgement) == [entry(n).title for n in (3, 2, 1)]


def test_without_all_dates_they_come_out_in_reverse_order_of_the_document() -> None:
    judgement = judge([entry(1), entry(3, published=None), entry(2)], {}, BEFORE, NOW)
    assert titles(judgement) == [entry(n).title for n in (2, 3, 1)]


@pytest.mark.parametrize(("count", "hold"), [(10, ""), (11, "flood")])
def test_more_than_ten_at_once_are_held(count: int, hold: str) -> None:
    old = [entry(n) for n in range(100, 200)]
    judgement = judge([entry(n) for n in range(count)] + old, known_of(*old), BEFORE, NOW)
    assert (judgement.hold, len(judgement.new)) == (hold, count)


@pytest.mark.parametrize(
    ("fresh", "old", "hold"), [(4, 0, ""), (5, 5, ""), (5, 4, "reidentified"), (6, 5, "reidentified")]
)
def test_five_that_are_most_of_the_document_are_held(fresh: int, old: int, hold: str) -> None:
    before = [entry(n) for n in range(100, 100 + old)]
    judgement = judge([entry(n) for n in range(fresh)] + before, known_of(*before), BEFORE, NOW)
    assert judgement.hold == hold


def test_a_feed_that_renames_everything_is_known_by_headline_and_minute_and_held() -> None:
    before = [entry(n) for n in range(10)]
    after = [replace(e, guid=f"x{n}", link=f"https://new.example/{n}") for n, e in enumerate(before)]
    judgement = judge(after, known_of(*before), BEFORE, NOW)
    assert (judgement.new, judgement.hold) == ((), "reidentified")
    assert all(len(verdict.keys) == 2 for verdict in judgement.verdicts)


def test_what_is_older_than_three_days_is_archived_without_a_word() -> None:
    judgement = judge([entry(1, published=NOW - timedelta(hours=73))], {}, NOW - timedelta(days=9), NOW)
    assert judgement.verdicts[0].silent == ""
    judgement = judge([entry(1, published=NOW - timedelta(hours=73))], {}, BEFORE, NOW)
    assert judgement.verdicts[0].silent == "archive"


def test_an_article_that_slides_in_from_behind_is_archived() -> None:
    """One of ten was taken out, and the eleventh, older than all the others, appears."""
    before = [entry(n, published=BEFORE - timedelta(hours=n)) for n in range(10)]
    eleventh = entry(10, published=BEFORE - timedelta(hours=10))
    judgement = judge([*before[1:], eleventh], known_of(*before), BEFORE, NOW)
    assert [verdict.silent for verdict in judgement.verdicts if verdict.article is None] == ["archive"]


def test_after_an_empty_first_document_what_was_dated_before_it_is_news() -> None:
    assert len(judge([entry(1, published=BEFORE - timedelta(hours=1))], {}, BEFORE, NOW).new) == 1


def test_a_date_in_the_future_is_cut_to_now() -> None:
    judgement = judge([entry(1, published=NOW + timedelta(days=30))], {}, BEFORE, NOW)
    assert [verdict.entry.published for verdict in judgement.new] == [NOW]


def test_a_guid_of_two_articles_identifies_nothing_from_then_on() -> None:
    both = [entry(1, guid="same"), entry(2, guid="same")]
    judgement = judge(both, {}, BEFORE, NOW)
    shared = next(key for key in keys(both[0]) if key.kind == "g")
    assert (len(judgement.new), judgement.spoilt) == (2, frozenset({shared}))
    known = {shared: SPOILT}
    assert len(judge([entry(3, guid="same")], known, BEFORE, NOW).new) == 1


def test_a_guid_given_to_another_article_is_news_and_belongs_to_it() -> None:
    first, second = entry(1, guid="7", published=NOW - timedelta(hours=9)), entry(2, guid="7")
    judgement = judge([second], known_of(first), BEFORE, NOW, articles={1: first})
    assert [key.kind for key in judgement.new[0].keys] == ["g", "l", "t"]


@pytest.mark.parametrize(
    "change",
    [
        {"title": "Article numéro 1 du jour"},
        {"link": "https://gazette.example/1"},
        {"published": NOW - timedelta(hours=4)},
    ],
    ids=["same headline", "same link", "not much younger"],
)
def test_a_guid_is_not_reused_while_anything_stayed(change: dict[str, object]) -> None:
    first = entry(1, guid="7", published=NOW - timedelta(hours=9))
    judgement = judge([entry(2, **{"guid": "7", **change})], known_of(first), BEFORE, NOW, articles={1: first})
    assert judgement.new == ()


def test_the_same_article_in_another_feed_of_the_newsroom_is_known() -> None:
    here = entry(1, guid="section-1", link="http://www.gazette.example/1?utm_medium=rss")
    elsewhere = {key: 42 for key in keys(entry(1)) if key.kind == "l"}
    judgement = judge([here], {}, BEFORE, NOW, elsewhere=elsewhere)
    assert [(verdict.article, len(verdict.keys)) for verdict in judgement.verdicts] == [(42, 3)]


def test_an_entry_that_says_nothing_is_no_article() -> None:
    assert judge([Entry()], {}, BEFORE, NOW).verdicts == ()


def test_all_keys_are_those_that_judge_asks_for() -> None:
    class Asked(dict[Key, int]):
        def get(self, key: Key, default: object = None) -> int:  # type: ignore[override]
            asked.add(key)
            return super().get(key, default)  # type: ignore[arg-type]

    asked: set[Key] = set()
    entries = [entry(1), entry(2, guid="", title="court"), entry(3, link=""), Entry(summary="rien d'autre")]
    judge(entries, Asked(), BEFORE, NOW)
    assert asked <= all_keys(entries)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://www.Gazette.example/a/b/", "http://gazette.example/a/b"),
        ("https://m.gazette.example:443//a//b#c", "https://gazette.example/a/b"),
        ("https://amp.gazette.example/a/amp", "https://gazette.example/a"),
        ("https://gazette.example/a/index.html?utm_source=x&UTM_Medium=y", "https://gazette.example/a"),
        ("https://gazette.example/a?b=2&a=1&fbclid=z", "https://gazette.example/a?a=1&b=2"),
        ("https://user@gazette.example/%C3%A9t%C3%A9", "https://gazette.example/été"),
        ("https://élysée.example/a", "https://xn--lyse-9oad.example/a"),
        ("https://www.gazette.example", "https://gazette.example/index.php"),
        ("https://mobile.gazette.example/amp/a?amp=1", "https://gazette.example/a?outputType=amp"),
        ("https://gazette.example/a;jsessionid=0A1B?PHPSESSID=x", "https://gazette.example/a"),
        ("https://gazette.example/a?sid=0123456789abcdef0", "https://gazette.example/a"),
        ("https://gazette.example/a?b=2&amp;a=1", "https://gazette.example/a?a=1&b=2"),
        ("https://gazette.example/e\u0301te\u0301", "https://gazette.example/été"),
    ],
)
def test_spellings_of_one_address(one: str, other: str) -> None:
    assert normalise(one) == normalise(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://gazette.example/a", "https://gazette.example/A"),
        ("https://gazette.example/a?id=1", "https://gazette.example/a?id=2"),
        ("https://gazette.example/a?id=", "https://gazette.example/a"),
        ("https://gazette.example/a?sid=1234", "https://gazette.example/a?sid=5678"),
        ("https://gazette.example/amp", "https://gazette.example/ample"),
        ("https://blog.gazette.example/a", "https://gazette.example/a"),
        ("https://m.example/a", "https://www.example/a"),
        ("tag:gazette.example,2026:1", "tag:gazette.example,2026:2"),
    ],
)
def test_addresses_that_differ(one: str, other: str) -> None:
    assert normalise(one) != normalise(other)


@pytest.mark.parametrize(
    ("guid", "name"),
    [
        ("https://www.gazette.example/1#4", "gazette.example/1"),
        ("HTTP://gazette.example/1", "gazette.example/1"),
        ("urn:uuid:{0A1B2C3D-0000-0000-0000-00000000ABCD}", "0a1b2c3d-0000-0000-0000-00000000abcd"),
        ("tag:gazette.example,2026:1", "tag:gazette.example,2026:1"),
        ("https://gazette.example/", ""),
        ("12345", ""),
        ("gazette:1", ""),
    ],
)
def test_guids_that_are_unique_by_their_making(guid: str, name: str) -> None:
    assert universal(guid) == name


def test_every_scenario_that_a_rule_names_is_played() -> None:
    here = Path(__file__).parent
    rules = "".join(path.read_text() for path in (here.parents[1] / "relay/feeds/identity").glob("*.py"))
    played = "".join(path.read_text() for path in here.glob("test_scenarios*.py"))
    named = [re.sub(r"\s+", " ", name) for name in re.findall("“([^”]+)”", rules)]
    assert len(named) > 10
    assert [name for name in named if f'"{name}"' not in played and f"def {name}(" not in played] == []


_TITLES = st.text("abé '’«»", min_size=0, max_size=30)
_DATES = st.none() | st.datetimes(datetime(2026, 3, 1), datetime(2026, 3, 3), timezones=st.just(UTC))


@given(st.data(), st.integers(1, 8))
def test_no_edit_no_new_date_no_order_ever_makes_a_second_notice(data: st.DataObject, count: int) -> None:
    """Guid and link stay; headlines, dates, order and presence are anyone's choice, look after look."""
    known: dict[Key, int] = {}
    announced: list[str] = []
    baseline = None
    for look in range(data.draw(st.integers(1, 6))):
        chosen = data.draw(st.lists(st.integers(1, count), max_size=12))
        entries = [entry(n, title=data.draw(_TITLES), published=data.draw(_DATES)) for n in chosen]
        judgement = judge(entries, known, baseline, NOW + timedelta(minutes=look))
        announced += [verdict.entry.guid for verdict in judgement.new]
        learn(known, judgement)
        baseline = BEFORE
    assert sorted(set(announced)) == sorted(announced)


_COLLIDING = st.builds(
    Entry,
    st.sampled_from(["", "1", "2", "https://a.example/1", "https://a.example/1#2", "tag:a.example,1"]),
    st.sampled_from(
        ["", "https://a.example/1", "http://www.a.example/1?ref=x", "https://a.example/2", "https://a.example"]
    ),
    st.sampled_from(["", "court", "Une manchette assez longue", "Une autre manchette longue"]),
    st.sampled_from(["", "un", "deux"]),
    published=st.sampled_from([None, NOW, BEFORE, NOW + timedelta(hours=9), NOW - timedelta(days=40)]),
)


@given(st.lists(_COLLIDING, max_size=12), st.lists(_COLLIDING, max_size=12))
def test_the_same_document_again_has_nothing_new(before: list[Entry], entries: list[Entry]) -> None:
    """Whatever it is and whatever came before it, however its guids, links and headlines collide."""
    reader = Reader(baseline=BEFORE)
    reader.look(before, NOW)
    reader.look(entries, NOW)
    assert reader.look(entries[::-1], NOW).new == ()
    assert reader.look(entries, NOW).new == ()
