# SPDX-License-Identifier: AGPL-3.0-or-later
"""How the deliveries of a strike stand, counted by account, state and reason; and what was settled since a moment."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from relay.store.account import Account
from relay.store.article import Article
from relay.store.ledger import Delivery, Notice
from relay.terms import Action, DeliveryState


@dataclass(frozen=True)
class Standing:
    """``count`` notices of one account in one state for one reason. ``memo``: the network's words for one of them."""

    account: int
    state: DeliveryState
    reason: str
    count: int
    memo: str


async def of_strike(newsroom: int, tx: AsyncSession, strike: int) -> list[Standing]:
    """Every published or waiting notice of a strike, counted."""
    group = (col(Delivery.account_id), col(Delivery.state), col(Delivery.reason))
    mine = (Delivery.newsroom_id == newsroom, Delivery.strike_id == strike, Delivery.action == Action.PUBLISH)
    counts = select(Delivery.account_id, Delivery.state, Delivery.reason, func.count()).where(*mine)
    memos = select(Delivery.account_id, Delivery.state, Delivery.reason, func.max(Delivery.memo)).where(*mine)
    words = {(account, state, why): memo for account, state, why, memo in await tx.exec(memos.group_by(*group))}
    rows = await tx.exec(counts.group_by(*group).order_by(*group))
    return [
        Standing(account, DeliveryState(state), why, n, str(words.get((account, state, why), "")))
        for account, state, why, n in rows
    ]


async def settled_after(
    newsroom: int, tx: AsyncSession, moment: datetime
) -> list[tuple[Delivery, Notice, Account, str]]:
    """Notices settled later than ``moment``, in that order, each with its article's title ("" for start and end)."""
    query = (
        select(Delivery, Notice, Account, Article.title)
        .join(Notice, col(Delivery.notice_id) == col(Notice.id))
        .join(Account, col(Delivery.account_id) == col(Account.id))
        .join(Article, col(Notice.article_id) == col(Article.id), isouter=True)
        .where(Delivery.newsroom_id == newsroom, Delivery.action == Action.PUBLISH)
        .where(col(Delivery.settled_at) > moment)
        .order_by(col(Delivery.settled_at), col(Delivery.id))
    )
    return [(row, notice, account, title or "") for row, notice, account, title in (await tx.exec(query)).all()]
