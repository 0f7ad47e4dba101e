# SPDX-License-Identifier: AGPL-3.0-or-later
"""When we would look, why, and whether an article could slip through between two looks. Pure."""

import random
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from relay.feeds.doctor.findings import Finding, must, should
from relay.feeds.schedule import IDLE_CEILING, STRIKE_FLOOR, first_gap, next_look
from relay.i18n import say, say_n
from relay.terms import Document

Reason = Literal["gap", "often", "rarely", "unknown", "fresh", "ttl"]
_FEW = 8  # entries: fewer may be pushed out by one burst


class _Middle(random.Random):
    """Chance that always takes the middle, to show a pace without its jitter."""

    def uniform(self, a: float, b: float) -> float:
        return (a + b) / 2


@dataclass(frozen=True)
class Pace:
    """Seconds between two looks, idle and during a strike, each with what decides it; ``gap`` between articles, s.

    ``gap``: a quarter of it when idle, an eighth in a strike; ``often``, ``rarely``: as often, as rarely as looks are
    made at all; ``unknown``: too few dates; ``fresh``, ``ttl``: what the server, or the document, asks for.
    """

    gap: float | None
    idle: float
    idle_reason: Reason
    strike: float
    strike_reason: Reason


def pace(document: Document, fresh_for: int, now: datetime, floor: float = STRIKE_FLOOR) -> Pace:
    """``fresh_for`` as the server says, s; ``floor``: the shortest time between two looks in a strike, s."""
    gap = first_gap(entry.published for entry in document.entries)
    hint: Reason = "fresh" if fresh_for >= document.ttl else "ttl"
    longest = max(fresh_for, document.ttl)
    waits: list[float] = []
    reasons: list[Reason] = []
    for strike in (False, True):
        unasked = _wait(now, strike=strike, gap=gap, hint=0, floor=floor)
        waits.append(_wait(now, strike=strike, gap=gap, hint=longest, floor=floor))
        reasons.append(hint if waits[-1] > unasked else _why(gap, unasked, strike=strike, floor=floor))
    return Pace(gap, waits[0], reasons[0], waits[1], reasons[1])


def _wait(now: datetime, *, strike: bool, gap: float | None, hint: float, floor: float) -> float:
    return (next_look(now, _Middle(), strike=strike, gap=gap, hint=hint, floor=floor) - now).total_seconds()


def _why(gap: float | None, wait: float, *, strike: bool, floor: float) -> Reason:
    if gap is None:
        return "unknown"
    share = gap / (8 if strike else 4)
    if abs(share - wait) < 1:
        return "gap"
    return "often" if share < wait else "rarely"


def room(document: Document, found: Pace) -> Iterator[Finding]:
    """Whether the feed is long enough: what is pushed out between two looks is never seen."""
    count = len(document.entries)
    if found.gap is None or count < 2:
        return
    full = busiest(document, timedelta(seconds=found.strike))
    many = say("List at least the newest 30 articles.")
    if found.gap * count < 2 * found.strike or full >= count:
        yield must(
            "too-few-entries",
            say_n(
                "The feed holds {n} entry, and at times as many articles appear between two looks: some would be "
                "missed.",
                "The feed holds {n} entries, and at times as many articles appear between two looks: some would be "
                "missed.",
                count,
            ),
            many,
        )
    elif count <= _FEW and found.gap * count < IDLE_CEILING:
        yield should(
            "few-entries",
            say_n(
                "The feed holds {n} entry only: a burst of more would push articles out before they are seen.",
                "The feed holds {n} entries only: a burst of more would push articles out before they are seen.",
                count,
            ),
            many,
        )


def busiest(document: Document, span: timedelta) -> int:
    """The most articles that came out within ``span``; equal dates say nothing and count once."""
    known = sorted({entry.published for entry in document.entries if entry.published})
    return max((bisect_right(known, start + span) - at for at, start in enumerate(known)), default=0)
