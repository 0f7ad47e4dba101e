# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the engine asks across all newsrooms: where is there work, and when. Returns rows to no person."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from sqlmodel import and_, case, col, func, or_, select, union_all, update
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import Select

from relay.store import locks, reconcile
from relay.store.account import Account
from relay.store.alert import Channel
from relay.store.article import Article
from relay.store.feed import Feed
from relay.store.ledger import Delivery, Notice
from relay.store.newsroom import Newsroom
from relay.store.strike import Slot, Strike
from relay.terms import AccountState, DeliveryState

_WATCHED = col(Feed.removed_at).is_(None)
_SPEAKS_AT = case((col(Account.rest_until) > col(Delivery.due_at), Account.rest_until), else_=Delivery.due_at)
_Row = TypeVar("_Row", Notice, Account, Article)
WAITING = (DeliveryState.PENDING, DeliveryState.UNSURE)


async def lanes(tx: AsyncSession) -> dict[str, datetime]:
    """Every lane with deliveries, feeds or accounts to be read back that wait, and the moment of its first.

    What is being sent counts too: after a crash nobody has it in hand, and draining the lane adopts it.
    """
    speakable = col(Account.state) == AccountState.CONNECTED
    deliveries = (
        select(Delivery.lane, func.min(_SPEAKS_AT))
        .join(Account)
        .where(col(Delivery.state).in_([*WAITING, DeliveryState.SENDING]), speakable)
        .group_by(col(Delivery.lane))
    )
    feeds = select(Feed.lane, func.min(Feed.next_look_at)).where(_WATCHED).group_by(col(Feed.lane))
    found = dict((await tx.exec(deliveries)).all())
    for lane, moment in (await reconcile.lanes(tx)).items():
        found[lane] = min(moment, found.get(lane, moment))
    return found | dict((await tx.exec(feeds)).all())


async def watched(tx: AsyncSession) -> list[Newsroom]:
    """The newsrooms whose strikers have a channel to be alerted on."""
    return list((await tx.exec(select(Newsroom).where(col(Newsroom.id).in_(select(Channel.newsroom_id))))).all())


async def claimable(
    tx: AsyncSession, lane: str, now: datetime, busy: Collection[int], limit: int, holder: str
) -> list[tuple[int, int]]:
    """What a lane has to say now as (delivery, account), most urgent first, skipping accounts that are ``busy`` and
    what ``holder`` has in hand already, however long it has waited there.
    """
    rested = or_(col(Account.rest_until).is_(None), col(Account.rest_until) <= now)
    order = (col(Delivery.rank), col(Delivery.due_at), col(Delivery.id))
    query = (
        select(Delivery.id, Delivery.account_id, Delivery.rank, Delivery.due_at)
        .join(Account, col(Delivery.account_id) == col(Account.id))
        .where(Delivery.lane == lane, Delivery.due_at <= now, Delivery.holder != holder)
        .where(Account.state == AccountState.CONNECTED, rested, col(Account.id).not_in(busy), reconcile.SPEAKABLE)
        .order_by(*order)
        .limit(limit)
    )
    # State by state: so each part is read off the index in its order, however much waits behind.
    parts = [query.where(Delivery.state == state).subquery() for state in WAITING]
    await tx.flush()  # an account may just have been paused
    found = (await (await tx.connection()).execute(union_all(*(select(part) for part in parts)))).all()
    first = sorted(found, key=lambda row: (row.rank, row.due_at, row.id))[:limit]
    return [(row.id, row.account_id) for row in first]


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
        .join(Account, col(Delivery.account_id) == col(Account.id))
        .outerjoin(Article, col(Notice.article_id) == col(Article.id))
    )


async def work(tx: AsyncSession, deliveries: Collection[int]) -> list[Work]:
    """These deliveries in the order they are to be said, ours until the transaction ends.

    Those that somebody else has taken in the meantime are left out: a worker that stood still for long may wake up in a
    lane that has gone to another.
    """
    query = (
        select(Delivery)
        .where(col(Delivery.id).in_(deliveries), col(Delivery.state).in_(WAITING))
        .order_by(col(Delivery.rank), col(Delivery.due_at), col(Delivery.id))
        .with_for_update(skip_locked=True)
    )
    rows = (await tx.exec(query)).all()
    # Many speak of the same few: fetched once each, which is a third of the work of joining them to every row.
    notices = await _by_number(tx, Notice, {row.notice_id for row in rows})
    accounts = await _by_number(tx, Account, {row.account_id for row in rows})
    articles = await _by_number(tx, Article, {each.article_id for each in notices.values()} - {None})
    return [
        Work(row, notice := notices[row.notice_id], accounts[row.account_id], articles.get(notice.article_id))
        for row in rows
    ]


async def _by_number(tx: AsyncSession, kind: type[_Row], numbers: Collection[int | None]) -> dict[int | None, _Row]:
    if not numbers:
        return {}
    found = (await tx.exec(select(kind).where(col(kind.id).in_(numbers)))).all()
    return {row.id: row for row in found}


async def next_due(tx: AsyncSession, lane: str) -> datetime | None:
    """When the lane has a delivery to attempt again, or an account to read back, counting its accounts' rests."""
    query = (
        select(func.min(_SPEAKS_AT))
        .select_from(Delivery)
        .join(Account, col(Delivery.account_id) == col(Account.id))
        .where(Delivery.lane == lane, col(Delivery.state).in_(WAITING), Account.state == AccountState.CONNECTED)
        .where(reconcile.SPEAKABLE)
    )
    moments = ((await tx.exec(query)).one(), (await reconcile.lanes(tx)).get(lane))
    return min(filter(None, moments), default=None)


async def orphans(tx: AsyncSession, lane: str, holder: str, *, locked: bool = False) -> list[tuple[Delivery, Account]]:
    """Rows of a lane that somebody else left in hand: whoever drains the lane now adopts them.

    ``locked``: nobody settles them meanwhile, as somebody who stood still may do.
    """
    query = (
        select(Delivery, Account)
        .join(Account, col(Delivery.account_id) == col(Account.id))
        .where(Delivery.lane == lane, Delivery.state == DeliveryState.SENDING, Delivery.holder != holder)
        .order_by(col(Delivery.id))
    )
    if locked:
        query = query.with_for_update(of=Delivery, key_share=True)
    return list((await tx.exec(query)).all())


async def overdue(tx: AsyncSession, now: datetime) -> int:
    """Settle as expired whatever did not leave before its ``not_after``, on paused accounts too; returns how many."""
    late = and_(col(Delivery.not_after).is_not(None), col(Delivery.not_after) <= now)
    query = (
        update(Delivery)
        .where(col(Delivery.state) == DeliveryState.PENDING, late)
        .values(state=DeliveryState.EXPIRED, settled_at=now, reason="late")
    )
    return int((await tx.exec(query)).rowcount)


async def forsaken(tx: AsyncSession, now: datetime) -> int:
    """Settle as withdrawn whatever waits on a forgotten account, since nobody can say it; returns how many."""
    forgotten = select(Account.id).where(Account.sealed == b"")
    query = (
        update(Delivery)
        .where(col(Delivery.state).in_(WAITING), col(Delivery.account_id).in_(forgotten))
        .values(state=DeliveryState.WITHDRAWN, settled_at=now, reason="forgotten", holder="")
    )
    return int((await tx.exec(query)).rowcount)


async def strikes(tx: AsyncSession, newsroom: int | None = None) -> list[tuple[Strike, Slot]]:
    """Every armed or running strike, or those of one newsroom, with each of its windows; the strikes are locked."""
    numbers = await locks.standing(tx, newsroom)
    query = select(Strike, Slot).join(Slot).where(col(Strike.id).in_(numbers))
    return list((await tx.exec(query.order_by(col(Strike.id), col(Slot.opens)))).all())


async def feeds(tx: AsyncSession, lane: str, now: datetime) -> list[Feed]:
    """Feeds of a lane whose look is due, longest waiting first."""
    query = select(Feed).where(Feed.lane == lane, _WATCHED, Feed.next_look_at <= now).order_by(col(Feed.next_look_at))
    return list((await tx.exec(query)).all())


async def next_look(tx: AsyncSession, lane: str) -> datetime | None:
    """When the lane's next feed is due."""
    return (await tx.exec(select(func.min(Feed.next_look_at)).where(Feed.lane == lane, _WATCHED))).one()
