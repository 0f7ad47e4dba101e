# SPDX-License-Identifier: AGPL-3.0-or-later
"""Watch a feed live, as the relay would during a strike, with everything in memory: nothing is stored or announced."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from relay.faults import FeedFault, FeedThrottled, Invalid
from relay.feeds.doctor.ear import listening
from relay.feeds.doctor.memory import Mind, Seen
from relay.feeds.http.answers import NOTHING, Fetched
from relay.feeds.http.fetch import fetch
from relay.feeds.identity.verdicts import Hold
from relay.feeds.parse.parser import Parser
from relay.feeds.schedule import first_gap, next_look, smoothed
from relay.feeds.subscribe import Discovered, find
from relay.outside import Outside
from relay.terms import Document

LEAST = 30  # seconds: nobody is asked more often


@dataclass(frozen=True)
class Glance:
    """One look and what it showed. ``status`` of the answer, 0 if none came; ``size`` of the decoded body, bytes;
    ``seconds`` it took. ``seen`` is empty if nothing changed; ``hold``: why the new ones would wait for a person.
    """

    at: datetime
    address: str
    next_at: datetime
    status: int = 0
    seconds: float = 0.0
    size: int = 0
    unchanged: bool = False
    seen: tuple[Seen, ...] = ()
    hold: Hold = ""
    fault: FeedFault | Invalid | None = None


class Live:
    """A feed under watch. ``every``: seconds between two looks, 0: as often as during a strike; ``floor`` for that."""

    def __init__(
        self, outside: Outside, parser: Parser, address: str, *, every: float = 0, floor: float, threshold: int
    ) -> None:
        self._outside, self._parser, self._address = outside, parser, address
        self._every, self._floor = every, floor
        self._mind = Mind(threshold)
        self._memory = NOTHING
        self._found: Discovered | None = None
        self._gap: float | None = None
        self._newest_at: datetime | None = None
        self._ttl = self._hint = self._failures = 0

    async def glances(self, until: datetime | None = None) -> AsyncIterator[Glance]:
        """Look, wait, look again; ends when the next look would come after ``until``. Faults are told, not raised."""
        clock = self._outside.clock
        while True:
            glance = await self._glance()
            yield glance
            if until is not None and glance.next_at > until:
                return
            await clock.sleep((glance.next_at - clock.now()).total_seconds())

    async def _glance(self) -> Glance:
        clock = self._outside.clock
        at, begun = clock.now(), clock.steady()
        with listening(self._outside.http) as heard:
            fetched, document, fault = await self._ask()
        seconds, status = clock.steady() - begun, heard[-1].status if heard else 0
        if fetched is None or fault is not None:
            self._failures += 1
            return Glance(at, self._address, self._next(fault), status, seconds, fault=fault)
        self._address, self._failures, self._memory = fetched.address, 0, fetched.memory
        seen, hold = self._learn(document)
        self._hint = max(fetched.fresh_for, self._ttl)
        size = len(fetched.body)
        return Glance(at, self._address, self._next(), status, seconds, size, fetched.unchanged, seen, hold)

    async def _ask(self) -> tuple[Fetched | None, Document | None, FeedFault | Invalid | None]:
        """The first time also behind a page; later under the address found, with a condition."""
        try:
            if self._found is None:
                self._found = await find(self._outside, self._parser, self._address)
                return self._found.fetched, self._found.document, None
            fetched = await fetch(self._outside, self._address, self._memory)
            if fetched.unchanged:
                return fetched, None, None
            return fetched, await self._parser.parse(fetched.body, fetched.content_type, fetched.address), None
        except (FeedFault, Invalid) as fault:
            return None, None, fault

    def _learn(self, document: Document | None) -> tuple[tuple[Seen, ...], Hold]:
        if document is None:
            return (), ""
        now, first = self._outside.clock.now(), self._newest_at is None
        seen, told = self._mind.learn(document, now)
        self._ttl = document.ttl
        if self._newest_at is None:
            self._gap = first_gap(entry.published for entry in document.entries)
        elif told.new:
            self._gap = smoothed(self._gap, (now - self._newest_at).total_seconds(), len(told.new))
        if first or told.new:
            self._newest_at = now
        return seen, told.hold

    def _next(self, fault: FeedFault | Invalid | None = None) -> datetime:
        return next_look(
            self._outside.clock.now(),
            self._outside.rng,
            strike=True,
            gap=None if self._every else self._gap,
            hint=0 if self._every else self._hint,
            failures=self._failures,
            retry_at=fault.until if isinstance(fault, FeedThrottled) else None,
            floor=self._every or self._floor,
        )


def end(now: datetime, minutes: float) -> datetime | None:
    """When a watch of so many minutes is over; None for 0, which means never."""
    return now + timedelta(minutes=minutes) if minutes else None
