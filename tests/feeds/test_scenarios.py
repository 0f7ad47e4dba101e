# SPDX-License-Identifier: AGPL-3.0-or-later
"""What newsrooms' feeds do to their entries over forty looks: every new article is announced once, nothing else is.

A look every 10 minutes, the ten newest of the newsroom's articles, one new article an hour, six in all. A scenario
says what the feed makes of them; the first look is the baseline. An entry's summary names its article for the score.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest

from relay.feeds.identity.judge import SPOILT, Key, all_keys, doubtful, judge
from relay.terms import Entry

START = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
LOOK = timedelta(minutes=10)
SUBJECTS = "budget école hôpital rail poste énergie logement justice culture presse climat agriculture".split()  # noqa: SIM905


def article(number: int, every: timedelta = HOUR) -> Entry:
    """The newsroom's article as a tidy feed would list it; numbers above 9 appear after the baseline."""
    link = f"https://www.gazette.example/2026/03/{SUBJECTS[number % 12]}-{number}"
    title = f"{SUBJECTS[number % 12].title()}: acte {number}"
    return Entry(link, link, f"{title}, le récit de la journée", f"article {number}", START + every * (number - 9))


def window(look: int, every: timedelta = HOUR, size: int = 10) -> list[Entry]:
    """The newest articles at a look, newest first."""
    newest = 9 + int(look * LOOK / every)
    return [article(number, every) for number in range(newest, newest - size, -1)]


@dataclass(frozen=True)
class Score:
    """Articles announced that should not have been (or again), those never announced, looks that held something."""

    false: tuple[str, ...] = ()
    missed: tuple[str, ...] = ()
    held: int = 0


Scenario = Callable[[int, random.Random], list[Entry]]
PERFECT = Score()


def play(scenario: Scenario, looks: int = 40, expected: int = 6) -> Score:
    """Forty looks at the feed a scenario draws, with a memory like the watch's."""
    rng, known, articles = random.Random(20191217), dict[Key, int](), dict[int, Entry]()
    announced: list[str] = []
    baseline, held = None, 0
    for look in range(looks):
        now = START + look * LOOK
        entries = scenario(look, rng)
        asked = {key: known[key] for key in all_keys(entries) if key in known}
        told = {number: articles[number] for number in doubtful(entries, asked)}
        judgement = judge(entries, asked, baseline, now, articles=told)
        for verdict in judgement.verdicts:
            number = verdict.article or len(articles) + 1
            articles.setdefault(number, verdict.entry)
            known.update(dict.fromkeys(verdict.keys, number))
        known.update(dict.fromkeys(judgement.spoilt, SPOILT))
        announced += [verdict.entry.summary for verdict in judgement.new]
        held += bool(judgement.hold and judgement.new)
        baseline = baseline or now
    wanted = [f"article {number}" for number in range(10, 10 + expected)]
    false = [each for at, each in enumerate(announced) if each not in wanted or each in announced[:at]]
    return Score(tuple(false), tuple(each for each in wanted if each not in announced), held)


def each(change: Callable[[Entry, int, random.Random], Entry]) -> Scenario:
    """A scenario that changes every entry of the tidy window by itself."""
    return lambda look, rng: [change(entry, look, rng) for entry in window(look)]


def number_of(entry: Entry) -> int:
    return int(entry.summary.split()[1])


def fragments(entry: Entry, look: int, rng: random.Random) -> Entry:
    return replace(entry, guid=f"{entry.guid}#{rng.randrange(4)}")


def secure(entry: Entry, look: int, rng: random.Random) -> Entry:
    return replace(entry, guid=entry.guid if look >= 20 else entry.guid.replace("https:", "http:"))


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
    "03 guids go from http to https": each(secure),
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


@pytest.mark.parametrize("name", TWENTY_ONE)
def test_the_known_ways_of_feeds(name: str) -> None:
    assert play(TWENTY_ONE[name], expected=19 if name.startswith("20") else 6) == PERFECT


def spelt(entry: Entry, look: int, rng: random.Random) -> Entry:
    scheme, rest = rng.choice(["http", "https"]), entry.link.removeprefix("https://www.")
    host = rng.choice(["", "www.", "m.", "amp."])
    return replace(
        entry, guid="", link=f"{scheme}://{host}{rest}" + rng.choice(["", "/", "/index.html", "/amp", "#top"])
    )


def encoded(entry: Entry, look: int, rng: random.Random) -> Entry:
    path = "%C3%A9cole-hiver" if look % 2 else "école-hiver"
    return replace(
        entry, guid="", link=f"https://gazette.example/{path}/{number_of(entry)}?b=2&a=1&{(look % 3 and 'ref=x') or ''}"
    )


def two_policies(entry: Entry, look: int, rng: random.Random) -> Entry:
    return replace(entry, guid=str(number_of(entry)) if look % 2 else entry.link)


def updated(entry: Entry, look: int, rng: random.Random) -> Entry:
    return replace(entry, title=f"MISE À JOUR {look} – {entry.title}", published=START + look * LOOK)


def twice(look: int, rng: random.Random) -> list[Entry]:
    return [e for entry in window(look) for e in (entry, replace(entry, title=f"{entry.title}, édition {look}"))]


def in_two_sections(look: int, rng: random.Random) -> list[Entry]:
    both = [e for entry in window(look) for e in (entry, replace(entry, link=f"{entry.link}?rubrique=une"))]
    return rng.sample(both, len(both))


def many_guids(look: int, rng: random.Random) -> list[Entry]:
    return [replace(entry, guid=f"{entry.guid}?copie={n}") for entry in window(look) for n in range(3)]


def reused_then_edited(entry: Entry, look: int, rng: random.Random) -> Entry:
    edited = f" ({look})" if look % 3 else ""
    return replace(
        entry, guid=str(number_of(entry) % 10), title=entry.title + edited, link=f"{entry.link}{look % 3 or ''}"
    )


def pinned(look: int, rng: random.Random) -> list[Entry]:
    old = replace(article(-50), published=START + look * LOOK, title=f"Épinglé: soutenez-nous ({look})")
    return [old, *window(look)]


def vanishing(look: int, rng: random.Random) -> list[Entry]:
    return [entry for entry in window(look) if (number_of(entry) + look) % 4 or look % 6 == 0]


def renumbered(entry: Entry, look: int, rng: random.Random) -> Entry:
    return replace(entry, guid=f"tag:gazette.example,2026:{number_of(entry)}" if look >= 20 else entry.guid)


def new_scheme(entry: Entry, look: int, rng: random.Random) -> Entry:
    link = f"https://gazette.example/a/{number_of(entry)}" if look >= 20 else entry.link
    return replace(entry, guid=f"gazette-{number_of(entry)}", link=link)


def half_dated(entry: Entry, look: int, rng: random.Random) -> Entry:
    return replace(entry, published=None if (number_of(entry) + look) % 2 else entry.published)


def sometimes_named(entry: Entry, look: int, rng: random.Random) -> Entry:
    return replace(entry, guid=entry.guid if look % 2 else "")


def misdated(entry: Entry, look: int, rng: random.Random) -> Entry:
    return replace(entry, published=entry.published + rng.randrange(-12, 13) * HOUR)


HELD_OUT: dict[str, Scenario] = {
    "scheme, www, AMP, slash and fragment change, no guid": each(spelt),
    "accents are encoded or not, parameters come and go": each(encoded),
    "a new headline at each look, guid but no link": each(
        lambda e, look, rng: replace(e, link="", title=f"{look} {e.title}")
    ),
    "headlines only": each(lambda e, look, rng: replace(e, link="", guid="")),
    "oldest first": lambda look, rng: window(look)[::-1],
    "guid on every other look": each(sometimes_named),
    "a new content system: tag guids from the middle on": each(renumbered),
    "a new content system: new links from the middle on": each(new_scheme),
    "number and permalink take turns as guid": each(two_policies),
    "headline and date updated at each look": each(updated),
    "dates wander by up to twelve hours": each(misdated),
    "half of the dates are missing, by turns": each(half_dated),
    "each article twice, same guid and link, two headlines": twice,
    "each article twice, in two sections": in_two_sections,
    "each article three times under three guids": many_guids,
    "a slot guid taken over, then link and headline edited": each(reused_then_edited),
    "a pinned appeal, renamed and re-dated at each look": pinned,
    "articles vanish and return": vanishing,
    "an old cache answers every other look": lambda look, rng: window(look if look % 2 == 0 else max(0, look - 9)),
    "the window shrinks to three and grows again": lambda look, rng: window(look, size=3 if 10 < look < 30 else 10),
    "the last entries are cut off": lambda look, rng: window(look)[: rng.randrange(2, 11)],
    "spaces around guids": each(lambda e, look, rng: replace(e, guid=" " * (look % 3) + e.guid + "\n")),
}


@pytest.mark.parametrize("name", HELD_OUT)
def test_more_ways_of_feeds(name: str) -> None:
    assert play(HELD_OUT[name]) == PERFECT


def test_an_empty_first_document_is_a_baseline_like_any_other() -> None:
    """Only what comes after it is new, and all of that."""
    assert play(lambda look, rng: [e for e in window(look) if number_of(e) > 9]) == PERFECT


def test_a_feed_that_was_emptied_and_then_serves_its_archive_announces_nothing_of_it() -> None:
    archive = [replace(article(-n), published=START - timedelta(days=n)) for n in range(10, 510)]
    assert play(lambda look, rng: [] if look < 20 else archive, expected=0) == PERFECT
