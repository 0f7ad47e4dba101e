# SPDX-License-Identifier: AGPL-3.0-or-later
"""The rows beside a delivery: what else is done for the same notice on the same account, to the post it made."""

from datetime import datetime

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from relay.store.ledger import Delivery
from relay.terms import Action, DeliveryState

RANK = {Action.PIN: 20, Action.UNPIN: 20, Action.WITHDRAW: 25, Action.SWEEP: 30}  # behind every notice


def beside(row: Delivery, action: Action, due: datetime, not_after: datetime | None = None) -> Delivery:
    """A new row that waits to do ``action`` to the post of a delivery."""
    return Delivery(
        newsroom_id=row.newsroom_id,
        strike_id=row.strike_id,
        notice_id=row.notice_id,
        account_id=row.account_id,
        action=action,
        lane=row.lane,
        rank=RANK[action],
        state=DeliveryState.PENDING,
        due_at=due,
        not_after=not_after,
    )


async def siblings(tx: AsyncSession, row: Delivery) -> dict[Action, Delivery]:
    """All rows of a delivery's notice on its account, itself included, by what they do."""
    same = select(Delivery).where(Delivery.notice_id == row.notice_id, Delivery.account_id == row.account_id)
    return {each.action: each for each in (await tx.exec(same)).all()}
