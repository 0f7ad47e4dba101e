# SPDX-License-Identifier: AGPL-3.0-or-later
"""What waits for a person, what comes after, and what any mixture of ways does."""

import random
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
from feeds.scenario import (
    HOUR,
    LOOK,
    PERFECT,
    START,
    Change,
    Reader,
    Scenario,
    Score,
    article,
    each,
    number_of,
    play,
    window,
)

from relay.feeds.identity.verdicts import Judgement
from relay.terms import Entry


def moved(entry: Entry) -> Entry:
    return replace(entry, guid=f"cms2:{number_of(entry)}", link=f"https://neuf.example/a/{number_of(entry)}")


def moves(look: int, rng: random.Random) -> list[Entry]:
    """To a new content system, together with a new article; two hours later back to the old one."""
    return [moved(entry) if 24 <= look < 36 else entry for entry in window(look)]


def heard(judgement: Judgement) -> tuple[int, str]:
    return len(judgement.new), judgement.hold


def test_a_move_to_a_new_system_holds_the_article_that_came_with_it_and_repeats_nothing() -> None:
    assert play(moves) == Score(held=1)


def test_a_feed_that_renames_everything_at_each_look_is_held_at_first_and_then_let_be() -> None:
    """Its links carry a random parameter; after eight of them for each article one more says nothing."""
    scenario = each(lambda e, look, rng: replace(e, guid="", link=f"{e.link}?rnd={rng.random()}"))
    assert play(scenario) == Score(held=1)


def test_a_move_that_keeps_nothing_is_held_whole_once() -> None:
    reader = Reader()
    reader.look(window(0), START)
    renamed = [replace(moved(e), title=f"Réédition {number_of(e)}, revue et corrigée") for e in window(0)]
    assert heard(reader.look(renamed, START + LOOK)) == (10, "reidentified")
    assert heard(reader.look(renamed, START + 2 * LOOK)) == (0, "")
    assert heard(reader.look(window(0), START + 3 * LOOK)) == (0, "")
    assert heard(reader.look([article(10), *renamed], START + 4 * LOOK)) == (1, "")


@pytest.mark.parametrize(("count", "hold"), [(10, ""), (11, "flood")])
def test_eleven_at_once_are_a_flood_and_come_once(count: int, hold: str) -> None:
    reader = Reader()
    reader.look(window(0, size=40), START)
    after = [*(article(number) for number in range(9 + count, 9, -1)), *window(0, size=40)]
    assert heard(reader.look(after, START + LOOK)) == (count, hold)
    assert heard(reader.look(after, START + 2 * LOOK)) == (0, "")


def test_an_undated_feed_that_was_cut_to_five_entries_is_held_when_it_is_whole_again() -> None:
    whole = [replace(entry, published=None) for entry in window(0, size=50)]
    reader = Reader()
    reader.look(whole[:5], START)
    assert heard(reader.look(whole, START + LOOK)) == (45, "flood")


def test_a_feed_that_was_empty_at_first_and_then_has_ten_at_once_is_held() -> None:
    reader = Reader()
    reader.look([], START)
    assert heard(reader.look(window(0), START + LOOK)) == (10, "reidentified")


def tidy(entry: Entry, look: int, rng: random.Random) -> Entry:
    return entry


NAMES: tuple[Change, ...] = (
    tidy,
    lambda e, look, rng: replace(e, guid=str(rng.random())),
    lambda e, look, rng: replace(e, guid=f"{e.guid}#{rng.randrange(4)}"),
    lambda e, look, rng: replace(e, guid=""),
    lambda e, look, rng: replace(e, guid="gazette"),
)
SPELLINGS: tuple[Change, ...] = (
    tidy,
    lambda e, look, rng: replace(e, link=f"{e.link}?utm_source={rng.random()}"),
    lambda e, look, rng: replace(e, link=e.link.replace("https://www.", rng.choice(("http://", "https://amp.")))),
    lambda e, look, rng: replace(e, link=f"{e.link};jsessionid={rng.getrandbits(64)}"),
)
HEADLINES: tuple[Change, ...] = (
    tidy,
    lambda e, look, rng: replace(e, title=f"{e.title} ({look})"),
    lambda e, look, rng: replace(e, title=f"Article {number_of(e)}"),
)
DATES: tuple[Change, ...] = (
    tidy,
    lambda e, look, rng: replace(e, published=START + look * LOOK),
    lambda e, look, rng: replace(e, published=None),
    lambda e, look, rng: replace(e, published=article(number_of(e)).published or START + HOUR),
)
WHOLE: tuple[Scenario, ...] = (
    lambda look, rng: window(look),
    lambda look, rng: window(look - 9 if look % 7 == 6 else look),
    lambda look, rng: rng.sample(window(look), 10),
    lambda look, rng: window(look, size=3 if look % 4 else 10),
)


@pytest.mark.parametrize("seed", range(12))
def test_any_mixture_that_leaves_the_page_its_address_is_seen_through(seed: int) -> None:
    """Names, spellings, headlines, dates and documents each go wrong in a way of their own, all at once."""
    rng = random.Random(seed)
    changes = [rng.choice(each) for each in (NAMES, SPELLINGS, HEADLINES, DATES)]
    whole = rng.choice(WHOLE)

    def mixture(look: int, rng: random.Random) -> list[Entry]:
        entries = whole(look, rng)
        for change in changes:
            entries = [change(entry, look, rng) for entry in entries]
        return entries

    assert play(mixture) == PERFECT


def test_names_that_change_at_each_look_are_not_collected_for_ever() -> None:
    """Eight of a kind for each article: a feed of random guids and dates of now must not fill the ledger."""
    reader, rng = Reader(), random.Random(1)
    for look in range(100):
        now = START + look * timedelta(minutes=1)
        entries = [replace(article(n), guid=str(rng.random()), published=now) for n in range(10)]
        assert reader.look(entries, now).new == ()
    assert max(Counter((number, key.kind) for key, number in reader.known.items()).values()) == 8
