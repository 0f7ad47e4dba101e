# SPDX-License-Identifier: AGPL-3.0-or-later
"""Take a delivery in hand: check that it may still be said, freeze what will be said, all before the first byte."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from relay.clock import stopwatch
from relay.deliveries.material import Material, fitted, gather, limits_of
from relay.faults import Invalid
from relay.networks.port import Card, Receipt
from relay.notices.frozen import delivery_key, freeze
from relay.store.account import Account
from relay.store.columns import saved
from relay.store.due import Work
from relay.store.ledger import Delivery
from relay.store.strike import Strike
from relay.terms import DELIVERY_GRAPH, Action, DeliveryState, NoticeKind, StrikeState, step

LOOK_AGAIN = timedelta(minutes=2)
_NEVER = frozenset({DeliveryState.PENDING, DeliveryState.EXPIRED, DeliveryState.WITHDRAWN, DeliveryState.REJECTED})


@dataclass(frozen=True)
class Claim:
    """A delivery in hand, as frozen. ``looks``: it may be out already, so look before speaking."""

    id: int
    action: Action
    kind: NoticeKind
    account: Account
    card: Card
    post: Mapping[str, Any]
    key: str
    not_after: datetime | None
    tries: int
    looks: bool
    receipt: Receipt
    before: str
    taken: float


def settle(row: Delivery, state: DeliveryState, now: datetime, reason: str = "", memo: str = "") -> None:
    """Move a row along the declared graph and say why."""
    row.state = DeliveryState(step(DELIVERY_GRAPH, row.state, state))
    row.reason = reason
    row.memo = memo or row.memo
    row.settled_at = now
    row.holder = ""


def refusal(row: Delivery, strike: Strike, now: datetime) -> tuple[DeliveryState, str] | None:
    """Why a waiting row may not be said any more, or None if it may."""
    if row.action == Action.UNPIN:
        return None  # taking our pin off again is owed at any time
    if strike.state != StrikeState.RUNNING:
        return DeliveryState.WITHDRAWN, "stopped" if strike.state == StrikeState.STOPPED else "over"
    if row.not_after is not None and now >= row.not_after:
        return DeliveryState.EXPIRED, "late"
    return None


class Desk:
    """Makes claims within one transaction; what a strike's notices share is read once."""

    def __init__(self, tx: AsyncSession, cards: Mapping[str, Card], holder: str, now: datetime) -> None:
        self._tx, self._cards, self._holder, self._now = tx, cards, holder, now
        self._materials: dict[int, Material] = {}

    async def take(self, work: Work) -> Claim | None:
        """Claim the row, or settle it where it may not be said; None if it was settled."""
        row = work.delivery
        looks = row.state == DeliveryState.UNSURE
        strike = await self._tx.get_one(Strike, row.strike_id)  # from the session's memory after the first
        if not looks and (no := refusal(row, strike, self._now)):
            settle(row, no[0], self._now, no[1])
            return None
        siblings = await self._siblings(row)
        if row.action == Action.UNPIN and siblings[Action.PIN].state in _NEVER:
            settle(row, DeliveryState.WITHDRAWN, self._now, "never pinned")
            return None
        card = self._cards[work.account.network]
        if row.action == Action.PUBLISH and row.post is None and not await self._freeze(work, strike, card):
            return None
        if looks:
            row.due_at = self._now + LOOK_AGAIN  # in hand: nobody else may take it meanwhile
        else:
            row.state = DeliveryState(step(DELIVERY_GRAPH, row.state, DeliveryState.SENDING))
        row.holder, row.tries = self._holder, row.tries + 1
        row.first_try_at = row.first_try_at or self._now
        said = siblings[Action.PUBLISH]
        return Claim(
            id=saved(row.id),
            action=row.action,
            kind=work.notice.kind,
            account=work.account,
            card=card,
            post=row.post or {},
            key=row.key,
            not_after=row.not_after,
            tries=row.tries,
            looks=looks,
            receipt=Receipt(said.remote_id, said.remote_url, said.revision),
            before=siblings[Action.PIN].memo if Action.PIN in siblings else "",
            taken=stopwatch(),
        )

    async def _freeze(self, work: Work, strike: Strike, card: Card) -> bool:
        row, notice = work.delivery, work.notice
        if row.strike_id not in self._materials:
            self._materials[row.strike_id] = await gather(self._tx, strike)
        material, limits = self._materials[row.strike_id], limits_of(card, work.account.limits)
        try:
            said = fitted(material, notice.kind, notice.number, work.article, card, limits, self._now)
        except Invalid as cause:
            settle(row, DeliveryState.REJECTED, self._now, "unfit", str(cause))
            return False
        row.post = freeze(said.post)
        row.key = delivery_key(row.newsroom_id, row.notice_id, row.account_id, 0)
        return True

    async def _siblings(self, row: Delivery) -> dict[Action, Delivery]:
        """The rows of the same notice on the same account: a pin must know its post, an unpin its pin."""
        if row.action == Action.PUBLISH:
            return {Action.PUBLISH: row}
        same = select(Delivery).where(Delivery.notice_id == row.notice_id, Delivery.account_id == row.account_id)
        return {Action(sibling.action): sibling for sibling in (await self._tx.exec(same)).all()}
