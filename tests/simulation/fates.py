# SPDX-License-Identifier: AGPL-3.0-or-later
"""What becomes of a request on its way: drawn from the seed, or told by an outage or a storm that a host is in."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from relay.faults import NetworkFault, Throttled, Unreachable, Unsure
from relay.i18n import say
from relay.networks.waits import retry_after, until

NEVER = None
REFUSED = "refused"


@dataclass(frozen=True)
class Fate:
    """``applied``: seconds after its arrival at which the server carries the request out, None: never; ``answered``:
    seconds until the client hears ``word``, None: it hears nothing. ``word``: "" is a good answer, ``refused`` means
    that nothing ever left, a status or a kind of nonsense anything else; ``wait`` is a Retry-After header.
    """

    word: str = ""
    applied: float | None = 0.05
    answered: float | None = 0.1
    wait: str = ""


FINE = Fate()
SHORT_WAITS = ("", "0", "1", "30", "-5", "soon", "Thu, 01 Jan 1970 00:00:00 GMT")
WAITS = (*SHORT_WAITS, "4000", "99999999999")


def draw(rng: random.Random, late: float, waits: Sequence[str]) -> Fate:
    """One of all the ways a request can go wrong. What is carried out late is carried out within ``late`` seconds."""
    return rng.choice(
        [
            Fate(REFUSED, NEVER, rng.uniform(0.01, 3)),
            Fate("lost before", NEVER, rng.uniform(0.01, 3)),
            Fate("lost after", 0.05, rng.uniform(0.1, 3)),
            Fate("late", rng.uniform(3, late), rng.uniform(0.1, 3)),
            Fate("429", NEVER, 0.1, rng.choice(waits)),
            Fate("500", NEVER, 0.1),
            Fate("502", 0.05, rng.uniform(0.1, 3)),
            Fate("hang", NEVER, None),
            Fate("hang", rng.uniform(0.1, late), None),
            Fate("nonsense", 0.05, 0.2),
            Fate("", 0.05, rng.uniform(0.1, 29)),
        ]
    )


def fault(fate: Fate, now: datetime, *, changes: bool) -> NetworkFault:
    """What an adapter makes of a bad answer; a read that failed has changed nothing."""
    if fate.word == "429":
        return Throttled(say("Slow down."), until(now, retry_after(fate.wait, now)))
    if fate.word == REFUSED or not changes:
        return Unreachable(say("Nothing left us."))
    return Unsure(say("Who knows."), fate.word)


@dataclass(frozen=True)
class Spell:
    """From ``begins`` to ``ends`` (aware UTC, true time) every request to a host meets one of these fates."""

    begins: datetime
    ends: datetime
    fates: Sequence[Fate]


DOWN = (Fate(REFUSED, NEVER, 0.1), Fate("hang", NEVER, None))
STORM = (Fate("429", NEVER, 0.1), Fate("429", NEVER, 0.1, "20"), Fate("503", NEVER, 0.1), Fate("503", NEVER, 2.0))


@dataclass
class Weather:
    """What the requests to a host go through: scripted fates first, then spells, then ``trouble`` of them at random
    until ``until``.
    """

    rng: random.Random
    late: float = 120.0
    trouble: float = 0.0
    waits: Sequence[str] = WAITS
    until: datetime | None = None
    spells: list[Spell] = field(default_factory=list)
    script: list[Fate] = field(default_factory=list)

    def take(self, now: datetime) -> Fate:
        """The fate of a request that begins now."""
        if self.script:
            return self.script.pop(0)
        spell = next((each for each in self.spells if each.begins <= now < each.ends), None)
        if spell is not None:
            return self.rng.choice(spell.fates)
        if self.until is not None and now >= self.until:
            return FINE
        return draw(self.rng, self.late, self.waits) if self.rng.random() < self.trouble else FINE

    def spoil(self, begins: datetime, minutes: float, fates: Sequence[Fate] = DOWN) -> None:
        """An outage or a storm."""
        self.spells.append(Spell(begins, begins + timedelta(minutes=minutes), fates))
