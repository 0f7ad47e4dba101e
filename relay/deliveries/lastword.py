# SPDX-License-Identifier: AGPL-3.0-or-later
"""The last word before a notice is said: is it still ours to say, still wanted, still in time?"""

import asyncio
import math
from collections.abc import Callable, Collection
from datetime import timedelta

from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import col, select

from relay.clock import Clock
from relay.deliveries.claim import OWED, Claim
from relay.faults import Unusable
from relay.networks.port import Unwanted
from relay.store.columns import saved
from relay.store.database import Store
from relay.store.ledger import Delivery
from relay.store.strike import Strike
from relay.terms import DeliveryState, StrikeState

LAST_MOMENT = timedelta(seconds=1)  # what begins this close to the end might arrive after it
RECHECK = 0.5  # seconds the ledger's answer holds good: a stop is obeyed within 1 s

LATE, STOPPED, TAKEN, UNKNOWN = "late", "stopped", "taken", "unknown"

_Standing = tuple[str, DeliveryState, StrikeState]


class LastWord:
    """``relay.networks.port.Still`` for every claim in hand here, once the claim is bound to it.

    The ledger is asked again whenever its last answer has aged, so that neither a stop nor another worker's takeover is
    overlooked by one that slept, uploaded or was suspended. One answer serves all that is ``in_hand`` at its moment.
    """

    def __init__(self, store: Store, clock: Clock, in_hand: Callable[[], Collection[Claim]]) -> None:
        self._store, self._clock, self._in_hand = store, clock, in_hand
        self._turn = asyncio.Lock()
        self._asked_at = -math.inf
        self._asked_of: frozenset[int] = frozenset()
        self._standing: dict[int, _Standing] = {}

    async def __call__(self, claim: Claim) -> None:
        """Return if it may be said now. Raises Unwanted with LATE, STOPPED, TAKEN, or UNKNOWN if nobody can tell."""
        if self._aged(claim):
            async with self._turn:
                if self._aged(claim):
                    await self._ask(claim)
        if self._answers(claim):
            self._check(claim)
        bound = claim.not_after
        if bound is not None and not claim.looks and self._clock.now() + LAST_MOMENT >= bound:
            raise Unwanted(LATE)

    def _aged(self, claim: Claim) -> bool:
        known = self._asked_at if self._answers(claim) else claim.taken
        return self._clock.steady() - known > RECHECK

    def _answers(self, claim: Claim) -> bool:
        """Whether the ledger's last answer was about this claim, and not about an earlier one of the same row."""
        return claim.id in self._asked_of and self._asked_at >= claim.taken

    async def _ask(self, claim: Claim) -> None:
        moment, claims = self._clock.steady(), [claim, *self._in_hand()]
        query = select(Delivery.id, Delivery.holder, Delivery.state, Strike.state)
        query = query.join(Strike, col(Delivery.strike_id) == col(Strike.id))
        query = query.where(col(Delivery.lane).in_({each.account.lane for each in claims}))
        query = query.where(col(Delivery.state).in_({each.state for each in claims}))
        query = query.where(col(Delivery.holder).in_({each.holder for each in claims}))
        try:
            async with self._store.read() as tx:
                rows = (await tx.exec(query)).all()
        except (Unusable, SQLAlchemyError) as cause:
            raise Unwanted(UNKNOWN) from cause
        self._asked_at, self._asked_of = moment, frozenset(each.id for each in claims)
        self._standing = {saved(row[0]): (row[1], DeliveryState(row[2]), StrikeState(row[3])) for row in rows}

    def _check(self, claim: Claim) -> None:
        holder, state, strike = self._standing.get(claim.id, ("", claim.state, StrikeState.RUNNING))
        if (holder, state) != (claim.holder, claim.state):
            raise Unwanted(TAKEN)
        if strike != StrikeState.RUNNING and not claim.looks and claim.action not in OWED:
            raise Unwanted(STOPPED)
