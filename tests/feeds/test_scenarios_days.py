# SPDX-License-Identifier: AGPL-3.0-or-later
"""What newsrooms, their caches and their calendars do to headlines, dates and whole documents.

Every new article is announced once, nothing else is.
"""

import random
import unicodedata
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from feeds.scenario import (
    HOUR,
    LOOK,
    PERFECT,
    START,
    Change,
    Scenario,
    article,
    each,
    newest,
    number_of,
    play,
    window,
)

from relay.terms import Entry

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


def titled(entry: Entry, title: str) -> Entry:
    return replace(entry, title=title)


def dated(entry: Entry, by: timedelta) -> Entry:
    assert entry.published
    return replace(entry, published=entry.published + by)


def later(change: Change) -> Scenario:
    """A change that comes in the middle, at the twenty-fourth look, together with a new article."""
    return each(lambda e, look, rng: change(e, look, rng) if look >= 24 else e)


def moved(entry: Entry) -> Entry:
    """As a new content system names it."""
    return replace(entry, guid=f"cms2:{number_of(entry)}", link=f"https://neuf.example/a/{number_of(entry)}")


def typeset(entry: Entry, look: int, rng: random.Random) -> Entry:
    """No name stays but headline and minute, and the headline is typeset anew by turns."""
    title = entry.title.replace(",", "\u00a0: «").replace("le récit", "l’été, le récit")
    plain = unicodedata.normalize("NFD", title.replace("«", '"').replace("’", "'").replace("\u00a0", " "))
    return replace(entry, guid="", link=f"{entry.link}-{look % 2}", title=plain if look % 2 else title)


def updated(entry: Entry, look: int, rng: random.Random) -> Entry:
    return replace(entry, title=f"MISE À JOUR {look} – {entry.title}", published=START + look * LOOK)


def rewritten(entry: Entry, look: int, rng: random.Random) -> Entry:
    """Two hours on, headline, address and date are all new; the guid stays."""
    if newest(look) - number_of(entry) < 2:
        return entry
    return dated(
        replace(entry, title=f"Ce que l’on sait de l’affaire {number_of(entry)}", link=entry.link + "-2"), HOUR
    )


def republished(entry: Entry, look: int, rng: random.Random) -> Entry:
    return dated(replace(entry, guid=f"{entry.guid}-{look // 12}"), (look // 12) * 2 * HOUR)


def weather(look: int, rng: random.Random) -> list[Entry]:
    """One headline a day, and each day's article has guid and link of its own."""
    return [titled(e, "La météo du jour") for e in window(look, DAY, step=4 * HOUR)]


def embargoed(entry: Entry, look: int, rng: random.Random) -> Entry:
    """Two of the new articles were written the day before, and appear with the dates of their writing."""
    return dated(entry, -26 * HOUR) if number_of(entry) in (11, 14) else entry


def of_1970(entry: Entry, look: int, rng: random.Random) -> Entry:
    """Every third article has lost its date to a zero."""
    return replace(entry, published=datetime(1970, 1, 1, tzinfo=UTC)) if number_of(entry) % 3 == 0 else entry


def at_one_minute(look: int, rng: random.Random) -> list[Entry]:
    """Articles come in pairs, of one headline and one minute."""
    return [
        replace(article(number), title=f"Élections: les résultats {number // 2}", published=START + number // 2 * HOUR)
        for number in range(newest(look), newest(look) - 10, -1)
    ]


def within_a_minute(entry: Entry, look: int, rng: random.Random) -> Entry:
    half = number_of(entry) % 2
    return replace(entry, title=f"Élections: les résultats à {('Brest', 'Lyon')[half]}", published=START)


def galleries(look: int, rng: random.Random) -> list[Entry]:
    """Dates without a time, and one headline for every gallery, of which the feed keeps one."""
    entries = [replace(e, published=START.replace(hour=0)) for e in window(look)]
    shown = next(e for e in entries if number_of(e) % 2 == 0)
    return [titled(shown, "Les images de la journée"), *(e for e in entries if number_of(e) % 2)]


def twins(entry: Entry, look: int, rng: random.Random) -> Entry:
    """Free and paid twins take turns: other guid, other link, same piece."""
    which = "abonnes" if (look + number_of(entry)) % 2 else "libre"
    return replace(entry, guid=f"{which}-{number_of(entry)}", link=entry.link.replace("/2026/", f"/{which}/2026/"))


def by_two_servers(look: int, rng: random.Random) -> list[Entry]:
    """The other server is an hour behind, has guids of its own, and its clock is in another zone."""
    if look % 2 == 0:
        return window(look)
    return [replace(dated(e, HOUR), guid=f"b:{number_of(e)}") for e in window(max(0, look - 6))]


def by_two_systems(look: int, rng: random.Random) -> list[Entry]:
    """Half of the readers get the old content system's document, half the new one's."""
    return [moved(entry) if look % 2 else entry for entry in window(look)]


def with_deletions(look: int, rng: random.Random) -> list[Entry]:
    """Two articles are taken out for good, and the next older ones slide in from behind."""
    gone = (7, 8) if look >= 20 else (8,) if look >= 5 else ()
    return [e for e in window(look, size=10 + len(gone)) if number_of(e) not in gone]


def with_deletions_oldest_first(look: int, rng: random.Random) -> list[Entry]:
    return with_deletions(look, rng)[::-1]


def pinned(look: int, rng: random.Random) -> list[Entry]:
    old = replace(article(-50), published=START + look * LOOK, title=f"Épinglé: soutenez-nous ({look})")
    return [old, *window(look)]


def vanishing(look: int, rng: random.Random) -> list[Entry]:
    return [entry for entry in window(look) if (number_of(entry) + look) % 4 or look % 6 == 0]


def withdrawn(look: int, rng: random.Random) -> list[Entry]:
    """An article is taken back for an hour after its first, and returns with another headline and date."""
    kept = [e for e in window(look) if newest(look) - number_of(e) != 1 or number_of(e) < 9]
    return [e if newest(look) == number_of(e) else dated(titled(e, f"Corrigé: {e.title}"), 2 * HOUR) for e in kept]


DOCUMENTS: dict[str, Scenario] = {
    "oldest first": lambda look, rng: window(look)[::-1],
    "the CDN rolls back by three hours, three times": lambda look, rng: window(look - 18 if look % 10 == 9 else look),
    "an old cache answers every other look": lambda look, rng: window(look if look % 2 == 0 else max(0, look - 9)),
    "two servers that disagree take turns": by_two_servers,
    "two content systems take turns": by_two_systems,
    "cut to five entries, then fifty": lambda look, rng: window(look, size=5 if look < 20 else 50),
    "the window shrinks to three and grows again": lambda look, rng: window(look, size=3 if 10 < look < 30 else 10),
    "the last entries are cut off": lambda look, rng: window(look)[: rng.randrange(2, 11)],
    "articles vanish and return": vanishing,
    "articles are withdrawn for an hour": withdrawn,
    "older articles slide in behind deleted ones": with_deletions,
    "older articles slide in before, oldest first": with_deletions_oldest_first,
    "shuffled, and older articles slide in": lambda look, rng: rng.sample(with_deletions(look, rng), 10),
    "a pinned appeal, renamed and re-dated at each look": pinned,
    "empty at first, then one by one": lambda look, rng: [e for e in window(look) if number_of(e) > 9],
}
HEADLINES: dict[str, Scenario] = {
    "headlines only": each(lambda e, look, rng: replace(e, link="", guid="")),
    "typeset anew by turns": each(typeset),
    "a live page, renamed at each look": each(
        lambda e, look, rng: titled(replace(e, guid=""), f"DIRECT. {look} morts")
    ),
    "“[Direct]” comes and goes": each(lambda e, look, rng: titled(e, f"{'[Direct] ' * (look % 2)}{e.title}")),
    "“(mis à jour)” is added": later(lambda e, look, rng: titled(e, f"{e.title} (mis à jour)")),
    "two languages take turns": each(
        lambda e, look, rng: titled(replace(e, link=e.link + "?lang=en"), "Strike") if look % 2 else e
    ),
    "a galleries' headline, dates without a time": galleries,
    "a podcast's page": each(
        lambda e, look, rng: titled(replace(e, link="https://gazette.example/matin"), "Le journal")
    ),
    "pairs of one headline and one minute": at_one_minute,
    "similar headlines within one minute": each(within_a_minute),
    "no headlines": each(lambda e, look, rng: titled(e, "")),
    "no headlines and no guids": each(lambda e, look, rng: titled(replace(e, guid=""), "")),
    "nothing but summaries": each(lambda e, look, rng: Entry(summary=e.summary)),
}
DATES: dict[str, Scenario] = {
    "headline and date are new at each look": each(updated),
    "everything but the guid is new after two hours": each(rewritten),
    "republished with a new guid and date": each(republished),
    "an hour wrong, as at the change of clocks": later(lambda e, look, rng: dated(e, HOUR)),
    "they wander by up to twelve hours": each(lambda e, look, rng: dated(e, rng.randrange(-12, 13) * HOUR)),
    "missing at first": each(lambda e, look, rng: e if look >= 20 else replace(e, published=None)),
    "half of them are missing, by turns": each(
        lambda e, look, rng: replace(e, published=None) if (number_of(e) + look) % 2 else e
    ),
    "an embargo of three hours to come": each(lambda e, look, rng: dated(e, 3 * HOUR)),
    "two new ones are of the day before": each(embargoed),
    "every third is of 1970": each(of_1970),
}
MOVES: dict[str, Scenario] = {
    "tag guids": later(lambda e, look, rng: replace(e, guid=f"tag:gazette.example,2026:{number_of(e)}")),
    "new links": later(lambda e, look, rng: replace(moved(e), guid=e.guid)),
    "guids, links and order of words in the address": each(lambda e, look, rng: moved(e) if look >= 20 else e),
    "free and paid twins": each(twins),
}
WAYS = {**DOCUMENTS, **HEADLINES, **DATES, **MOVES}


@pytest.mark.parametrize("name", WAYS)
def test_ways_of_newsrooms(name: str) -> None:
    assert play(WAYS[name]) == PERFECT


def months(look: int, rng: random.Random) -> list[Entry]:
    """An article a week; one takes an address over that was used thirteen weeks ago, under a new guid."""
    week = 7 * DAY
    entries = window(look, week, step=DAY)
    used = article(2).link
    return [replace(e, guid=f"id-{number_of(e)}", link=used if number_of(e) == 15 else e.link) for e in entries]


LONG: dict[str, tuple[Scenario, dict[str, object]]] = {
    "one headline a day": (weather, {"step": 4 * HOUR}),
    "one headline a day, no dates": (
        lambda look, rng: [replace(e, published=None) for e in weather(look, rng)],
        {"step": 4 * HOUR},
    ),
    "an address used again after months": (months, {"step": DAY, "looks": 50, "expected": 7}),
    "emptied, then all of its archive": (
        lambda look, rng: [] if look < 20 else [dated(article(-n), -n * DAY) for n in range(10, 210)],
        {"expected": 0},
    ),
}


@pytest.mark.parametrize("name", ["no headlines", "no headlines and no guids", "nothing but summaries"])
def test_summaries_that_the_gate_leaves_out_are_not_missed(name: str) -> None:
    assert play(WAYS[name], brief=True) == PERFECT


@pytest.mark.parametrize("name", LONG)
def test_ways_over_days(name: str) -> None:
    scenario, settings = LONG[name]
    assert play(scenario, **settings) == PERFECT  # type: ignore[arg-type]
