# SPDX-License-Identifier: AGPL-3.0-or-later
"""The last word before a notice is said: is it still ours to say, still wanted, still in time?"""

from datetime import timedelta

from sqlmodel import select

from relay.clock import Clock
from relay.deliveries.claim import OWED, Claim
from relay.networks.port import Unwanted
from relay.store.database import Store
from relay.store.ledger import Delivery
from relay.store.strike import Strike
from relay.terms import StrikeState

LAST_MOMENT = timedelta(seconds=1)  # what begins this close to the end might arrive after it
RECHECK = 0.5  # seconds the ledger's answer holds good: a stop is obeyed within 1 s

LATE, STOPPED, TAKEN = "late", "stopped", "taken"


class LastWord:
    """``relay.networks.port.Still`` for one claim. The ledger is asked again whenever its last answer has aged, so
    that neither a stop nor another worker's takeover is overlooked by one that slept, uploaded or was suspended.
    """

    def __init__(self, store: Store, clock: Clock, claim: Claim) -> None:
        self._store, self._clock, self._claim = store, clock, claim
        self._asked = claim.taken

    async def __call__(self) -> None:
        """Return if it may be said now. Raises Unwanted with LATE, STOPPED or TAKEN."""
        if self._clock.steady() - self._asked > RECHECK:
            moment = self._clock.steady()
            await self._ask()
            self._asked = moment
        bound = self._claim.not_after
        if bound is not None and not self._claim.looks and self._clock.now() + LAST_MOMENT >= bound:
            raise Unwanted(LATE)

    async def _ask(self) -> None:
        claim = self._claim
        query = select(Strike.state).join(Delivery).where(Delivery.id == claim.id)
        query = query.where(Delivery.holder == claim.holder, Delivery.state == claim.state)
        async with self._store.read() as tx:
            state = (await tx.exec(query)).first()
        if state is None:
            raise Unwanted(TAKEN)
        if state != StrikeState.RUNNING and not claim.looks and claim.action not in OWED:
            raise Unwanted(STOPPED)
