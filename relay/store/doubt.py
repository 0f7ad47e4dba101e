# SPDX-License-Identifier: AGPL-3.0-or-later
"""Deliveries that a person may have to decide about."""

from dataclasses import dataclass

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from relay.store.account import Account
from relay.store.article import Article
from relay.store.ledger import Delivery, Notice
from relay.terms import Action, DeliveryState


@dataclass(frozen=True)
class Doubt:
    """A delivery with what it speaks of and where."""

    delivery: Delivery
    notice: Notice
    account: Account
    article: Article | None


async def open_ones(newsroom: int, tx: AsyncSession) -> list[Doubt]:
    """What needs a person, and what is being looked for; in the order it was planned."""
    doubtful = col(Delivery.state).in_([DeliveryState.NEEDS_HUMAN, DeliveryState.UNSURE])
    query = (
        select(Delivery, Notice, Account, Article)
        .join(Notice, col(Delivery.notice_id) == col(Notice.id))
        .join(Account, col(Delivery.account_id) == col(Account.id))
        .outerjoin(Article, col(Notice.article_id) == col(Article.id))
        .where(Delivery.newsroom_id == newsroom, Delivery.action == Action.PUBLISH, doubtful)
        .order_by(col(Delivery.id))
    )
    return [Doubt(*row) for row in (await tx.exec(query)).all()]


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
