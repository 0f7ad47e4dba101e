# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a live watch keeps in mind of a feed: the aliases and articles that the relay would have in its ledger. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

from relay.feeds.identity.judge import SPOILT, Judgement, Key, Verdict, doubtful, judge, keys
from relay.terms import Document, Entry

Fate = Literal["known", "new", "held", "edited", "archive", "baseline"]


@dataclass(frozen=True)
class Seen:
    """One entry and its fate. ``by``: the kind of key that made it new, or by which an edited one was recognised;
    ``before``: an edited article as it was at the last look.
    """

    entry: Entry
    fate: Fate
    by: str = ""
    before: Entry | None = None


@dataclass
class Mind:
    """Grows with each document; ``threshold`` is the most new articles of one look."""

    threshold: int = 10
    baseline: datetime | None = None
    known: dict[Key, int] = field(default_factory=dict)
    first: dict[int, Entry] = field(default_factory=dict)
    latest: dict[int, Entry] = field(default_factory=dict)

    def learn(self, document: Document, now: datetime) -> tuple[tuple[Seen, ...], Judgement]:
        """Judge the document as the relay does, keep what it teaches, and tell the fate of each entry."""
        before = {number: self.first[number] for number in doubtful(document.entries, self.known)}
        told = judge(document.entries, self.known, self.baseline, now, self.threshold, before)
        seen = tuple(self._fates(told))
        for verdict in told.verdicts:
            number = len(self.first) + 1 if verdict.article is None else verdict.article
            self.known |= dict.fromkeys(verdict.keys, number)
            self.first.setdefault(number, verdict.entry)
            self.latest[number] = verdict.entry
        self.known |= dict.fromkeys(told.spoilt, SPOILT)
        self.baseline = self.baseline or now
        return seen, told

    def _fates(self, told: Judgement) -> Iterator[Seen]:
        for verdict in told.verdicts:
            if verdict.article is None:
                fate: Fate = verdict.silent or ("held" if told.hold else "new")
                yield Seen(verdict.entry, fate, next((key.kind for key in verdict.keys), ""))
            elif self._edited(verdict, verdict.article):
                yield Seen(verdict.entry, "edited", self._by(verdict), self.latest[verdict.article])
            else:
                yield Seen(verdict.entry, "known")

    def _edited(self, verdict: Verdict, number: int) -> bool:
        """Whether title or address are others than at the last look; dates alone tell nobody anything."""
        before = self.latest[number]
        return replace(before, published=None, summary="") != replace(verdict.entry, published=None, summary="")

    def _by(self, verdict: Verdict) -> str:
        return next((key.kind for key in keys(verdict.entry) if self.known.get(key) == verdict.article), "")
