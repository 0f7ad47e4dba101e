# SPDX-License-Identifier: AGPL-3.0-or-later
"""Twenty-one ways of feeds that other readers stumble over: every new article is announced once, nothing else is."""

import random
from dataclasses import replace
from datetime import timedelta

import pytest
from feeds.scenario import HOUR, LOOK, PERFECT, START, Scenario, article, each, number_of, play, window

from relay.terms import Entry


def fragments(entry: Entry, look: int, rng: random.Random) -> Entry:
    return replace(entry, guid=f"{entry.guid}#{rng.randrange(4)}")


def insecure(entry: Entry, look: int, rng: random.Random) -> Entry:
    return replace(entry, guid=entry.guid.replace("https:", "http:") if look >= 20 else entry.guid)


def moved(entry: Entry, look: int, rng: random.Random) -> Entry:
    link = entry.link.replace("gazette", "la-gazette") if look >= 20 else entry.link
    return replace(entry, guid=link, link=link)


def tracked(entry: Entry, look: int, rng: random.Random) -> Entry:
    return replace(entry, guid="", link=f"{entry.link}?utm_source={rng.random()}&xtor=RSS-{look}&fbclid={rng.random()}")


def versioned(entry: Entry, look: int, rng: random.Random) -> Entry:
    return replace(entry, guid=f"{entry.link}/v{look}", title=f"{entry.title} ({look})")


def slugged(entry: Entry, look: int, rng: random.Random) -> Entry:
    return replace(entry, title=f"{entry.title} {look % 2}", link=f"{entry.link}-{look % 2}")


def ahead(entry: Entry, look: int, rng: random.Random) -> Entry:
    late = timedelta(days=30) if number_of(entry) % 5 == 0 else timedelta()
    return replace(entry, published=entry.published + late)


def embargoed(entry: Entry, look: int, rng: random.Random) -> Entry:
    early = 5 * HOUR if number_of(entry) % 4 == 0 else timedelta()
    return replace(entry, published=entry.published - early)


def rolled_back(look: int, rng: random.Random) -> list[Entry]:
    return window(look - 9 if look in (15, 16, 17, 25) else look)


def with_archive(look: int, rng: random.Random) -> list[Entry]:
    old = [replace(article(-n), published=START - timedelta(days=400 + n)) for n in range(100, 110)]
    return window(look) + (old if look >= 20 else [])


def shuffled(look: int, rng: random.Random) -> list[Entry]:
    return rng.sample(window(look), 10)


def burst(look: int, rng: random.Random) -> list[Entry]:
    every = timedelta(minutes=20)
    return [replace(e, published=e.published.replace(minute=0)) for e in window(look, every)]


TWENTY_ONE: dict[str, Scenario] = {
    "01 nothing odd": each(lambda entry, look, rng: entry),
    "02 a random fragment on each guid": each(fragments),
    "03 guids go from https to http": each(insecure),
    "04 the domain changes": each(moved),
    "05 no guid, new tracking at each look": each(tracked),
    "06 a random guid at each build": each(lambda e, look, rng: replace(e, guid=str(rng.random()))),
    "07 one guid for all": each(lambda e, look, rng: replace(e, guid="gazette")),
    "08 one link for all, no guid": each(lambda e, look, rng: replace(e, guid="", link="https://gazette.example/live")),
    "09 headline and slug go back and forth": each(slugged),
    "10 the guid carries the version of the headline": each(versioned),
    "11 every date is now": each(lambda e, look, rng: replace(e, published=START + look * LOOK)),
    "12 no dates": each(lambda e, look, rng: replace(e, published=None)),
    "13 every fifth dated a month ahead": each(ahead),
    "14 the CDN rolls back": rolled_back,
    "15 ten archive articles appear": with_archive,
    "16 the guid is a slot that newer articles take over": each(
        lambda e, look, rng: replace(e, guid=str(number_of(e) % 10))
    ),
    "17 shuffled at every look": shuffled,
    "18 empty for two looks": lambda look, rng: [] if look in (12, 13) else window(look),
    "19 every fourth dated five hours early": each(embargoed),
    "20 a burst, dates cut to the hour": burst,
    "21 one headline for distinct articles": each(lambda e, look, rng: replace(e, title="Direct: suivez la journée")),
}


@pytest.mark.parametrize("brief", [False, True], ids=["whole", "gate"])
@pytest.mark.parametrize("name", TWENTY_ONE)
def test_the_known_ways_of_feeds(name: str, brief: bool) -> None:
    """Read as a whole, and with nothing but the names of what the gate had seen before."""
    assert play(TWENTY_ONE[name], expected=19 if name.startswith("20") else 6, brief=brief) == PERFECT
