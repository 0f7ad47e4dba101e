# SPDX-License-Identifier: AGPL-3.0-or-later
"""What every relay stands on, each as a check: database, schema, key, the work itself, the feeds, the clock."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

from sqlmodel.ext.asyncio.session import AsyncSession

from relay.clock import Clock
from relay.deliveries.timekeeping import Timekeeper
from relay.deliveries.wallclock import behind
from relay.engine.rounds import Rounds
from relay.faults import Problem
from relay.feeds.schedule import IDLE_FLOOR
from relay.store import gauges, instance
from relay.store.database import Store
from relay.store.opening import REVISION
from relay.web.readiness import OK, Check

MISSED = 3  # intervals between two looks at a feed
LONGEST = timedelta(seconds=IDLE_FLOOR)  # interval that is waited for
ABSENT = timedelta(minutes=1)  # since any relay did its rounds; it writes that down every 15 s


class Ground:
    """``key`` raises a Problem if the key is needed and not there; ``floor``: seconds, the least between two looks."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        timekeeper: Timekeeper,
        rounds: Rounds,
        key: Callable[[AsyncSession], Awaitable[bool]],
        floor: float,
    ) -> None:
        self._store, self._clock, self._timekeeper, self._rounds = store, clock, timekeeper, rounds
        self._key, self._floor = key, timedelta(seconds=floor)

    def checks(self) -> dict[str, Check]:
        """By name."""
        return {
            "database": self.database,
            "schema": self.schema,
            "key": self.key,
            "work": self.work,
            "feeds": self.feeds,
            "clock": self.clock,
        }

    async def database(self) -> str:
        """Can it be written? Tried out on a row of our own."""
        try:
            async with self._store.write() as tx:
                await instance.touch(tx)
        except Problem:
            return "unwritable"
        return OK

    async def schema(self) -> str:
        """Is it the one this program knows?"""
        async with self._store.read() as tx:
            found = await gauges.revision(tx)
        return OK if found == REVISION else "foreign"

    async def key(self) -> str:
        """Does the right key lie there, if there is something to open?"""
        async with self._store.read() as tx:
            try:
                await self._key(tx)
            except Problem:
                return "missing"
        return OK

    async def work(self) -> str:
        """Does the engine do its rounds, here or, if this process has none, elsewhere?"""
        # Three rounds, 15 s, where every other check tells within 5: a busy machine misses one or two, and is not to be
        # taken out of service for that. A loop that stands still is told by /livez within a second.
        if self._rounds.begun:
            return "late" if self._rounds.late else OK
        async with self._store.read() as tx:
            row = await instance.find(tx)
        seen = row.turned_at if row else None
        return OK if seen and abs(self._clock.now() - seen) <= ABSENT else "absent"

    async def feeds(self) -> str:
        """Has any feed not been looked at for several of its intervals? Those that are rarely looked at wait no longer
        than others: whoever is due longest comes first.
        """
        now = self._clock.now()
        async with self._store.read() as tx:
            waiting = await gauges.waiting(tx, now - MISSED * self._floor)
        late = (now - at > MISSED * max(self._floor, min(at - (seen or at), LONGEST)) for seen, at in waiting)
        return "late" if any(late) else OK

    async def clock(self) -> str:
        """Can it be trusted?"""
        async with self._store.read() as tx:
            row = await instance.find(tx)
        held = self._timekeeper.held() or (row is not None and behind(row.seen_at, self._clock.now()))
        return "held" if held else OK
