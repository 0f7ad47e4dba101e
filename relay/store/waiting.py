# SPDX-License-Identifier: AGPL-3.0-or-later
"""What one lane of deliveries has waiting, and what somebody left in hand there.

Asked for every notice there is, so the statements are made once.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import bindparam, case, col, func, or_, select, union_all
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import Select

from relay.store import reconcile
from relay.store.account import Account
from relay.store.article import Article
from relay.store.ledger import Delivery, Notice
from relay.terms import AccountState, DeliveryState

WAITING = (DeliveryState.PENDING, DeliveryState.UNSURE)
SPEAKS_AT = case((col(Account.rest_until) > col(Delivery.due_at), Account.rest_until), else_=Delivery.due_at)

_LANE = col(Delivery.lane) == bindparam("lane")
_SPEAKING = col(Account.state) == AccountState.CONNECTED
_JOINED = col(Delivery.account_id) == col(Account.id)
_URGENT_FIRST = (col(Delivery.rank), col(Delivery.due_at), col(Delivery.id))


def _claimable(state: DeliveryState) -> Any:
    rested = or_(col(Account.rest_until).is_(None), col(Account.rest_until) <= bindparam("now"))
    idle = col(Account.id).not_in(bindparam("busy", expanding=True))
    mine = col(Delivery.holder) == bindparam("holder")
    query = select(Delivery.id, Delivery.account_id, Delivery.rank, Delivery.due_at).join(Account, _JOINED)
    query = query.where(_LANE, col(Delivery.state) == state, col(Delivery.due_at) <= bindparam("now"), ~mine)
    query = query.where(_SPEAKING, rested, idle, reconcile.SPEAKABLE)
    return select(query.order_by(*_URGENT_FIRST).limit(bindparam("most")).subquery())


# State by state: so each part is read off the index in its order, however much waits behind.
_CLAIMABLE = union_all(*map(_claimable, WAITING))
_WORK = (
    select(Delivery)
    .where(col(Delivery.id).in_(bindparam("deliveries", expanding=True)), col(Delivery.state).in_(WAITING))
    .order_by(*_URGENT_FIRST)
    .with_for_update(skip_locked=True)
)
_TOLD = select(Notice, Article).outerjoin(Article, col(Notice.article_id) == col(Article.id))
_TOLD = _TOLD.where(col(Notice.id).in_(bindparam("notices", expanding=True)))
_SPEAKERS = select(Account).where(col(Account.id).in_(bindparam("accounts", expanding=True)))
_NEXT = select(func.min(SPEAKS_AT)).select_from(Delivery).join(Account, _JOINED)
_NEXT = _NEXT.where(_LANE, col(Delivery.state).in_(WAITING), _SPEAKING, reconcile.SPEAKABLE)
_ORPHANS = (
    select(Delivery, Account)
    .join(Account, _JOINED)
    .where(_LANE, col(Delivery.state) == DeliveryState.SENDING, col(Delivery.holder) != bindparam("holder"))
    .order_by(col(Delivery.id))
)
_LOCKED = _ORPHANS.with_for_update(of=Delivery, key_share=True)


@dataclass(frozen=True)
class Work:
    """A delivery with all that must be known of it: what it says, where, and of what (None: a start or an end)."""

    delivery: Delivery
    notice: Notice
    account: Account
    article: Article | None


def works() -> Select[Delivery, Notice, Account, Article]:
    """The query of ``Work``, for conditions and an order to be added."""
    return (
        select(Delivery, Notice, Account, Article)
        .join(Notice, col(Delivery.notice_id) == col(Notice.id))
        .join(Account, _JOINED)
        .outerjoin(Article, col(Notice.article_id) == col(Article.id))
    )


async def claimable(
    tx: AsyncSession, lane: str, now: datetime, busy: Collection[int], most: int, holder: str
) -> list[tuple[int, int]]:
    """What a lane has to say now as (delivery, account), most urgent first, skipping accounts that are ``busy`` and
    what ``holder`` has in hand already, however long it has waited there.
    """
    await tx.flush()  # an account may just have been paused
    asked = {"lane": lane, "now": now, "busy": list(busy), "most": most, "holder": holder}
    found = (await (await tx.connection()).execute(_CLAIMABLE, asked)).all()
    first = sorted(found, key=lambda row: (row.rank, row.due_at, row.id))[:most]
    return [(row.id, row.account_id) for row in first]


async def work(tx: AsyncSession, deliveries: Collection[int]) -> list[Work]:
    """These deliveries in the order they are to be said, ours until the transaction ends.

    Those that somebody else has taken in the meantime are left out: a worker that stood still for long may wake up in a
    lane that has gone to another.
    """
    rows = (await tx.exec(_WORK, params={"deliveries": list(deliveries)})).all()
    # Many speak of the same few: fetched once each, which is a third of the work of joining them to every row.
    told = (await tx.exec(_TOLD, params={"notices": list({row.notice_id for row in rows})})).all()
    speakers = (await tx.exec(_SPEAKERS, params={"accounts": list({row.account_id for row in rows})})).all()
    notices = {notice.id: (notice, article) for notice, article in told}
    accounts = {account.id: account for account in speakers}
    return [
        Work(row, notice, accounts[row.account_id], article)
        for row in rows
        for notice, article in [notices[row.notice_id]]
    ]


async def next_due(tx: AsyncSession, lane: str, *, restored: bool) -> datetime | None:
    """When the lane has a delivery to attempt again, or after a restore an account to read back, counting its accounts'
    rests.
    """
    moments: list[datetime | None] = [(await tx.exec(_NEXT, params={"lane": lane})).one()]
    if restored:
        moments.append((await reconcile.lanes(tx)).get(lane))
    return min(filter(None, moments), default=None)


async def orphans(tx: AsyncSession, lane: str, holder: str, *, locked: bool = False) -> list[tuple[Delivery, Account]]:
    """Rows of a lane that somebody else left in hand: whoever drains the lane now adopts them.

    ``locked``: nobody settles them meanwhile, as somebody who stood still may do.
    """
    found = await tx.exec(_LOCKED if locked else _ORPHANS, params={"lane": lane, "holder": holder})
    return list(found.all())
