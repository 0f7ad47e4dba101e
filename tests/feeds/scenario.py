# SPDX-License-Identifier: AGPL-3.0-or-later
"""A newsroom's day as its feed tells it, played to the judge look after look, and scored.

A look every 10 minutes, the ten newest of the newsroom's articles, one new article an hour, six in all. A scenario
says what the feed makes of them; the first look is the baseline. An entry's summary names its article for the score.
"""

import random
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from relay.feeds.identity.judge import MASS, judge
from relay.feeds.identity.keys import SPOILT, Key, all_keys
from relay.feeds.identity.recognise import doubtful
from relay.feeds.identity.verdicts import Judgement
from relay.terms import Entry

START = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
LOOK = timedelta(minutes=10)
SUBJECTS = "budget école hôpital rail poste énergie logement justice culture presse climat agriculture".split()  # noqa: SIM905

Scenario = Callable[[int, random.Random], list[Entry]]
Change = Callable[[Entry, int, random.Random], Entry]


@dataclass(frozen=True)
class Score:
    """Articles announced that should not have been (or again), those never announced, looks that held something."""

    false: tuple[str, ...] = ()
    missed: tuple[str, ...] = ()
    held: int = 0


PERFECT = Score()


def article(number: int, every: timedelta = HOUR) -> Entry:
    """The newsroom's article as a tidy feed would list it; numbers above 9 appear after the baseline."""
    link = f"https://www.gazette.example/2026/03/{SUBJECTS[number % 12]}-{number}"
    title = f"{SUBJECTS[number % 12].title()}: acte {number}"
    return Entry(link, link, f"{title}, le récit de la journée", f"article {number}", START + every * (number - 9))


def number_of(entry: Entry) -> int:
    """Which of the newsroom's articles it is."""
    return int(entry.summary.split()[1])


def newest(look: int, every: timedelta = HOUR, step: timedelta = LOOK) -> int:
    """The number of the newest article at a look."""
    return 9 + int(look * step / every)


def window(look: int, every: timedelta = HOUR, size: int = 10, step: timedelta = LOOK) -> list[Entry]:
    """The newest articles at a look, newest first."""
    last = newest(look, every, step)
    return [article(number, every) for number in range(last, last - size, -1)]


def each(change: Change, every: timedelta = HOUR, step: timedelta = LOOK) -> Scenario:
    """A scenario that changes every entry of the tidy window by itself."""
    return lambda look, rng: [change(entry, look, rng) for entry in window(look, every, step=step)]


@dataclass
class Reader:
    """Looks at a feed with a memory like the watch's: its names, and its articles by number."""

    known: dict[Key, int] = field(default_factory=dict)
    articles: dict[int, Entry] = field(default_factory=dict)
    baseline: datetime | None = None

    def look(self, entries: Sequence[Entry], now: datetime) -> Judgement:
        asked = {key: self.known[key] for key in all_keys(entries) if key in self.known}
        told = {number: self.articles[number] for number in doubtful(entries, asked)}
        crowded = self.crowded() if len(told) >= MASS else set()
        judgement = judge(entries, asked, self.baseline, now, articles=told, crowded=crowded)
        for verdict in judgement.verdicts:
            number = verdict.article or len(self.articles) + 1
            self.articles.setdefault(number, verdict.entry)
            self.known.update(dict.fromkeys(verdict.keys, number))
        self.known.update(dict.fromkeys(judgement.spoilt, SPOILT))
        self.baseline = self.baseline or now
        return judgement

    def crowded(self) -> set[tuple[int, str]]:
        """Articles that have eight names of a kind."""
        names = Counter((number, key.kind) for key, number in self.known.items())
        return {name for name, count in names.items() if count >= 8}


def play(
    scenario: Scenario,
    looks: int = 40,
    expected: int | Iterable[int] = 6,
    step: timedelta = LOOK,
    *,
    brief: bool = False,
) -> Score:
    """So many looks at the feed a scenario draws.

    ``expected``: the articles to be announced, by number; or how many of those from 10 on. ``brief``: what stands in
    the document as at the last look is read without its summary, as by the gate.
    """
    rng, reader, announced, held = random.Random(20191217), Reader(), list[str](), 0
    before: set[Entry] = set()
    for look in range(looks):
        entries = scenario(look, rng)
        read = [replace(entry, summary="") if brief and entry in before else entry for entry in entries]
        before = set(entries)
        judgement = reader.look(read, START + look * step)
        announced += [verdict.entry.summary for verdict in judgement.new]
        held += bool(judgement.hold and judgement.new)
    return _score(announced, range(10, 10 + expected) if isinstance(expected, int) else expected, held)


def _score(announced: list[str], expected: Iterable[int], held: int) -> Score:
    wanted = [f"article {number}" for number in expected]
    false = [name for at, name in enumerate(announced) if name not in wanted or name in announced[:at]]
    return Score(tuple(false), tuple(name for name in wanted if name not in announced), held)
