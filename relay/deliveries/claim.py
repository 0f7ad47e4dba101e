# SPDX-License-Identifier: AGPL-3.0-or-later
"""Take a delivery in hand: check that it may still be said, freeze what will be said, all before the first byte."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from relay.clock import Clock
from relay.deliveries.beside import siblings
from relay.deliveries.composing import Composer
from relay.deliveries.reconcile import remembered
from relay.faults import Invalid
from relay.networks.port import Card, Receipt
from relay.store.account import Account
from relay.store.claims import Settled, Taken, settle, take
from relay.store.columns import saved
from relay.store.ledger import Delivery
from relay.store.strike import Strike
from relay.store.waiting import Work
from relay.terms import DELIVERY_GRAPH, Action, DeliveryState, NoticeKind, StrikeState, step

LOOK_AGAIN = timedelta(minutes=2)
NOT_FOUND = "not found"
OWED = frozenset({Action.UNPIN, Action.SWEEP, Action.WITHDRAW})  # what we owe at any time, also after a stop
_NEVER = frozenset({DeliveryState.PENDING, DeliveryState.EXPIRED, DeliveryState.WITHDRAWN, DeliveryState.REJECTED})


@dataclass(frozen=True)
class Claim:
    """A delivery in hand, as frozen. ``looks``: it may be out already, so look before speaking.

    ``doubted``: a look has just shown that it is not. ``receipt``: the post itself, for what is done to it;
    ``before``: what taking the pin off restores; ``recalled``: nothing of the strike is to stay; ``taken``: when the
    ledger was asked, on the clock's steady counter.
    """

    id: int
    holder: str
    action: Action
    kind: NoticeKind
    account: Account
    card: Card
    post: Mapping[str, Any]
    key: str
    rank: int
    due_at: datetime
    not_after: datetime | None
    tries: int
    first_try_at: datetime
    looks: bool
    doubted: bool
    receipt: Receipt
    before: str
    recalled: bool
    taken: float

    @property
    def state(self) -> DeliveryState:
        """Where the row stands while it is in hand."""
        return DeliveryState.UNSURE if self.looks else DeliveryState.SENDING

    @property
    def waiting(self) -> DeliveryState:
        """Where the row goes back to if nothing was done about it."""
        return DeliveryState.UNSURE if self.looks else DeliveryState.PENDING


def refusal(row: Delivery, strike: Strike, now: datetime) -> tuple[DeliveryState, str] | None:
    """Why a waiting row may not be said any more, or None if it may."""
    if row.action in OWED:
        return None
    if strike.state == StrikeState.STOPPED:
        return DeliveryState.WITHDRAWN, "stopped"
    if row.not_after is not None and now >= row.not_after:
        return DeliveryState.EXPIRED, "late"
    return None if strike.state == StrikeState.RUNNING else (DeliveryState.WITHDRAWN, "over")


class Desk:
    """Makes claims within one transaction. ``holders``: in whose hand each delivery goes.

    ``restored_at``: when the ledger was read from a backup; what was said before is remembered instead of said.
    """

    def __init__(
        self,
        tx: AsyncSession,
        cards: Mapping[str, Card],
        clock: Clock,
        holders: Mapping[int, str],
        restored_at: datetime | None = None,
    ) -> None:
        self._tx, self._cards, self._holders = tx, cards, holders
        self._now, self._steady, self._restored_at = clock.now(), clock.steady(), restored_at
        self._strikes: dict[int, Strike] = {}
        self._composer = Composer(tx, self._now, restored_at)
        self._taken: list[Taken] = []
        self._settled: list[Settled] = []

    async def take(self, works: Sequence[Work]) -> list[Claim]:
        """Claim what may be said and settle the rest; all of it is written when this returns."""
        claims = [claim for work in works if (claim := await self._claim(work))]
        await take(self._tx, self._taken)
        await settle(self._tx, self._settled)
        return claims

    async def _claim(self, work: Work) -> Claim | None:
        row = work.delivery
        looks = row.state == DeliveryState.UNSURE
        strike = await self._strike(row.strike_id)
        if not looks and (no := refusal(row, strike, self._now)):
            self._refuse(row, no[0], no[1])
            return None
        # A pin must know its post, an unpin its pin; a notice stands for itself.
        around = {Action(row.action): row} if row.action == Action.PUBLISH else await siblings(self._tx, row)
        if row.action == Action.UNPIN and around[Action.PIN].state in _NEVER:
            self._refuse(row, DeliveryState.WITHDRAWN, "never pinned")
            return None
        card = self._cards[work.account.network]
        try:
            post, key = await self._composer.frozen(work, strike, card)
        except Invalid as cause:
            self._refuse(row, DeliveryState.REJECTED, "unfit", str(cause))
            return None
        if await self._is_remembered(work, post, card):
            return None
        claim = self._made(work, strike, around, post, key)
        self._write(row, claim)
        return claim

    async def _is_remembered(self, work: Work, post: Mapping[str, Any], card: Card) -> bool:
        if self._restored_at is None or work.delivery.action != Action.PUBLISH:
            return False
        if work.delivery.state != DeliveryState.PENDING:
            return False  # in doubt: it is looked for
        return await remembered(self._tx, work, post, card, self._restored_at, self._now)

    def _made(
        self, work: Work, strike: Strike, around: Mapping[Action, Delivery], post: Mapping[str, Any], key: str
    ) -> Claim:
        row, said = work.delivery, around[Action.PUBLISH]
        speaks = row.action == Action.PUBLISH
        return Claim(
            id=saved(row.id),
            holder=self._holders[saved(row.id)],
            action=row.action,
            kind=work.notice.kind,
            account=work.account,
            card=self._cards[work.account.network],
            post=post if speaks else said.post or {},
            key=key if speaks else said.key,
            rank=row.rank,
            due_at=row.due_at,
            not_after=row.not_after,
            tries=row.tries + 1,
            first_try_at=row.first_try_at or self._now,
            looks=row.state == DeliveryState.UNSURE,
            doubted=row.reason == NOT_FOUND,
            receipt=Receipt(said.remote_id, said.remote_url, said.revision),
            before=around[Action.PIN].memo if Action.PIN in around else "",
            recalled=strike.recalled_at is not None,
            taken=self._steady,
        )

    def _write(self, row: Delivery, claim: Claim) -> None:
        if not claim.looks:
            step(DELIVERY_GRAPH, row.state, DeliveryState.SENDING)
        self._taken.append(
            Taken(
                row=claim.id,
                state=claim.state,
                holder=claim.holder,
                tries=claim.tries,
                first_try_at=claim.first_try_at,
                due_at=self._now + LOOK_AGAIN if claim.looks else row.due_at,  # in hand: nobody else may look now
                key=claim.key if row.action == Action.PUBLISH else "",
                post=dict(claim.post) if row.action == Action.PUBLISH else None,
            )
        )

    def _refuse(self, row: Delivery, state: DeliveryState, reason: str, memo: str = "") -> None:
        step(DELIVERY_GRAPH, row.state, state)
        self._settled.append(
            Settled(saved(row.id), row.holder, state, reason, memo or row.memo, row.due_at, self._now, row.tries)
        )

    async def _strike(self, number: int) -> Strike:
        """As it stands in this transaction: it may have been stopped."""
        if number not in self._strikes:
            self._strikes[number] = await self._tx.get_one(Strike, number)
        return self._strikes[number]
