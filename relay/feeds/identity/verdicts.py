# SPDX-License-Identifier: AGPL-3.0-or-later
"""What is known of a feed before a document is judged, and what is said of the document afterwards."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from relay.feeds.identity.keys import Key
from relay.terms import Entry

Silence = Literal["", "baseline", "archive"]
Hold = Literal["", "flood", "reidentified"]


@dataclass(frozen=True)
class Verdict:
    """What one entry is. ``article`` None: not seen before, and if ``silent`` is empty, to be announced.

    ``keys`` are to be stored for the article, replacing what they pointed to. A date in the future is cut to now.
    """

    entry: Entry
    keys: tuple[Key, ...]
    article: int | None = None
    silent: Silence = ""

    @property
    def new(self) -> bool:
        """Whether this entry is to be announced."""
        return self.article is None and not self.silent


@dataclass(frozen=True)
class Judgement:
    """``verdicts`` oldest first, repeats merged; ``spoilt`` keys are to be stored as ``SPOILT``.

    ``hold`` says why the new ones wait for a person: more than the threshold at once, or most of the document new or
    known again only by headline and minute. Store all of it, held or not, in the transaction of the look.
    """

    verdicts: tuple[Verdict, ...]
    spoilt: frozenset[Key] = frozenset()
    hold: Hold = ""

    @property
    def new(self) -> tuple[Verdict, ...]:
        """The entries to be announced, or held."""
        return tuple(each for each in self.verdicts if each.new)


@dataclass(frozen=True)
class Past:
    """What is known when a document comes in.

    ``known``: the feed's keys, article number or SPOILT (load those of ``all_keys``). ``elsewhere``: those of
    ``shared_names`` that other feeds of the same newsroom have for an article that was announced or held, never for a
    silent one. ``articles``: link, title and date of the articles in ``doubtful``, and of those that ``elsewhere`` has
    under a ``t``. ``crowded``: article and kind of key, of the doubtful ones, that have so many names of this kind that
    one more tells nothing. ``baseline``: when the first document came, None if this is it.
    """

    known: Mapping[Key, int]
    baseline: datetime | None
    articles: Mapping[int, Entry]
    elsewhere: Mapping[Key, int]
    crowded: Collection[tuple[int, str]] = ()
