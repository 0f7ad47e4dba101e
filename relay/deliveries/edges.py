# SPDX-License-Identifier: AGPL-3.0-or-later
"""What happens at the edges of windows, and for the articles between them. Doing it twice changes nothing."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from itertools import groupby

from sqlmodel.ext.asyncio.session import AsyncSession

from relay.clock import Clock
from relay.deliveries.plan import answer, open_slot
from relay.store import due, strike
from relay.store.article import Article
from relay.store.columns import saved
from relay.store.database import Store
from relay.store.strike import Slot, Strike
from relay.strikes.windows import next_edge
from relay.terms import STRIKE_GRAPH, StrikeState, step

SLACK = timedelta(minutes=2)  # a look this shortly before the opening leaves nothing older to be found later

Ring = Callable[[Iterable[str]], None]


class Edges:
    """Opens windows, closes them, and answers what appears in between. ``end_lead``: how long before the end its
    notice is said.
    """

    def __init__(self, store: Store, clock: Clock, end_lead: timedelta, ring: Ring) -> None:
        self._store, self._clock, self._end_lead, self._ring = store, clock, end_lead, ring

    async def turn(self) -> datetime | None:
        """Bring every strike to where it stands now; returns the next edge of a window."""
        now = self._clock.now()
        lanes: set[str] = set()
        async with self._store.write() as tx:
            rows = await due.strikes(tx)
            for row, slots in _by_strike(rows):
                lanes |= await self._advance(tx, row, slots, now)
            await due.overdue(tx, now)
            await due.forsaken(tx, now)
        self._ring(lanes)
        return next_edge([slot.planned for _, slot in rows], now)

    async def answer(
        self, tx: AsyncSession, newsroom: int, articles: Sequence[Article], looked_at: datetime | None, now: datetime
    ) -> set[str]:
        """Plan the notices for articles just seen, in the transaction that stores them; returns the lanes to ring.

        ``looked_at``: when the feed was last read before; it is kept with the articles, for whoever asks later why one
        was not answered.
        """
        lanes: set[str] = set()
        for each in articles:
            each.previous_look_at = looked_at
        for row, slots in _by_strike(await due.strikes(tx, newsroom)):
            lanes |= await self._advance(tx, row, slots, now)
        await tx.flush()
        for row, slot in await strike.in_force(newsroom, tx, now):
            meant = [each for each in articles if concerns(each, slot)]
            lanes |= await answer(tx, row, slot, meant, now)
        return lanes

    async def _advance(self, tx: AsyncSession, row: Strike, slots: Sequence[Slot], now: datetime) -> set[str]:
        lanes: set[str] = set()
        current = next((slot for slot in slots if slot.opens <= now < slot.window.closes), None)
        if current is not None and row.state == StrikeState.ARMED:
            _move(row, StrikeState.RUNNING)
        if current is not None and not current.opened:
            lanes = await open_slot(tx, row, current, now, self._end_lead)
        if current is None and row.state == StrikeState.RUNNING:
            _move(row, StrikeState.ARMED)
        if row.state == StrikeState.ARMED and all(slot.window.closes <= now for slot in slots):
            _move(row, StrikeState.ENDED)
        tx.add(row)
        return lanes


def concerns(article: Article, slot: Slot) -> bool:
    """Whether an article seen in this window was published in it, as far as one can tell.

    If the feed had last been read well before the opening, what dates itself before the opening was published before
    the strike.
    """
    looked_at = article.previous_look_at
    fresh = looked_at is not None and looked_at >= slot.opens - SLACK
    return fresh or article.published is None or article.published >= slot.opens


def _move(row: Strike, state: StrikeState) -> None:
    row.state = step(STRIKE_GRAPH, row.state, state)


def _by_strike(rows: Sequence[tuple[Strike, Slot]]) -> list[tuple[Strike, list[Slot]]]:
    groups = groupby(rows, key=lambda pair: saved(pair[0].id))
    listed = [list(pairs) for _, pairs in groups]
    return [(pairs[0][0], [slot for _, slot in pairs]) for pairs in listed]
