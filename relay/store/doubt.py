# SPDX-License-Identifier: AGPL-3.0-or-later
"""Deliveries that a person may have to decide about."""

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from relay.store.ledger import Delivery
from relay.store.waiting import Work, works
from relay.terms import Action, DeliveryState


async def open_ones(newsroom: int, tx: AsyncSession) -> list[Work]:
    """What needs a person, and what is being looked for; in the order it was planned."""
    doubtful = col(Delivery.state).in_([DeliveryState.NEEDS_HUMAN, DeliveryState.UNSURE])
    query = (
        works()
        .where(Delivery.newsroom_id == newsroom, Delivery.action == Action.PUBLISH, doubtful)
        .order_by(col(Delivery.id))
    )
    return [Work(*row) for row in (await tx.exec(query)).all()]


async def find(newsroom: int, tx: AsyncSession, delivery: int, *, locked: bool = False) -> Delivery | None:
    """A delivery of the newsroom that publishes; ``locked``: until the transaction ends."""
    query = select(Delivery).where(Delivery.newsroom_id == newsroom, Delivery.id == delivery)
    query = query.where(Delivery.action == Action.PUBLISH).execution_options(populate_existing=True)
    return (await tx.exec(query.with_for_update(key_share=True) if locked else query)).first()


async def proves_another(newsroom: int, tx: AsyncSession, row: Delivery, remote_id: str, url: str) -> bool:
    """Whether a post is the proof of another delivery on the same account already."""
    query = select(Delivery.id).where(Delivery.newsroom_id == newsroom, Delivery.account_id == row.account_id)
    query = query.where(Delivery.action == Action.PUBLISH, Delivery.id != row.id)
    same = (col(Delivery.remote_id) == remote_id) if remote_id else (col(Delivery.remote_url) == url)
    return (await tx.exec(query.where(same).limit(1))).first() is not None
