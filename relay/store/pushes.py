# SPDX-License-Identifier: AGPL-3.0-or-later
"""What hubs pushed, from the callback to whoever reads it, across all newsrooms. Returns rows to no person."""

from datetime import datetime, timedelta

from sqlmodel import col, delete, func, or_, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from relay.store import locks
from relay.store.columns import saved
from relay.store.feed import Feed
from relay.store.subscription import Push, Subscription
from relay.terms import SubscriptionState

_INSTANT = timedelta(microseconds=1)  # the least that a ledger can tell apart


async def at(tx: AsyncSession, path: str) -> tuple[Subscription, Feed] | None:
    """The subscription that this callback belongs to, and its feed."""
    query = select(Subscription, Feed).join(Feed).where(Subscription.path == path)
    return (await tx.exec(query)).first()


async def hold(tx: AsyncSession, path: str) -> tuple[Subscription, Feed] | None:
    """The same to be changed: nobody else changes them before this transaction ends."""
    found = await at(tx, path)
    if found is None:
        return None
    await locks.feeds(found[1].newsroom_id, tx, saved(found[1].id))
    query = select(Subscription, Feed).join(Feed).where(Subscription.path == path)
    query = query.with_for_update(of=Subscription).execution_options(populate_existing=True)
    return (await tx.exec(query)).first()


async def count(tx: AsyncSession, feed: int) -> int:
    """How many of a feed wait to be read."""
    return (await tx.exec(select(func.count()).where(Push.feed_id == feed))).one()


async def lanes(tx: AsyncSession) -> dict[str, datetime]:
    """The lanes in which any wait to be read, and since when."""
    first = select(Push.feed_id, func.min(Push.received_at).label("since")).group_by(col(Push.feed_id)).subquery()
    query = select(Feed.lane, first.c.since).join(first, col(Feed.id) == first.c.feed_id)  # few pushes, many feeds
    found = dict[str, datetime]()
    for lane, since in (await tx.exec(query)).all():
        found[lane] = min(since, found.get(lane, since))
    return found


async def waiting(tx: AsyncSession, lane: str, limit: int) -> list[tuple[Push, Feed]]:
    """Those of a lane's feeds that wait to be read, in the order they came."""
    query = select(Push, Feed).join(Feed).where(Feed.lane == lane).order_by(col(Push.id)).limit(limit)
    return list((await tx.exec(query)).all())


async def done(tx: AsyncSession, push: Push) -> bool:
    """It has been read; False if somebody else has read it before."""
    return bool((await tx.exec(delete(Push).where(col(Push.id) == push.id))).rowcount)


async def missed(tx: AsyncSession, feed: int, articles: int, since: datetime | None, now: datetime) -> None:
    """Looking found articles that the feed's hub did not push, though it had promised to before the last look.

    That was at ``since``, None for never: what was published before the promise was not to be pushed.
    """
    if since is None:
        return
    query = (
        update(Subscription)
        .where(
            col(Subscription.feed_id) == feed,
            col(Subscription.state).in_([SubscriptionState.ACTIVE, SubscriptionState.RENEWING]),
            col(Subscription.answered_at) <= since,
            col(Subscription.expires_at) > now,
        )
        .values(misses=Subscription.misses + articles, missed_at=now)
    )
    await tx.exec(query)


async def late(tx: AsyncSession, feed: int, since: datetime) -> None:
    """The hub pushed what looking had found after ``since``: it was only slower than we."""
    query = (
        update(Subscription)
        .where(col(Subscription.feed_id) == feed, col(Subscription.missed_at) >= since, col(Subscription.misses) > 0)
        .values(misses=Subscription.misses - 1)
    )
    await tx.exec(query)


async def pulled(tx: AsyncSession, feed: int, moment: datetime, now: datetime) -> None:
    """Look at the feed by ``moment``, unless its server asked us to stay away for longer; whoever asks has locked it.

    One that is due keeps its turn, but it may be under way: an instant tells ``looks.still`` that it was hurried.
    """
    free = or_(col(Feed.retry_at).is_(None), col(Feed.retry_at) <= moment)
    planned = (await tx.exec(select(Feed.next_look_at).where(Feed.id == feed, free))).first()
    if planned is not None and not now < planned <= moment:
        hurried = moment if planned > moment else planned + _INSTANT
        await tx.exec(update(Feed).where(col(Feed.id) == feed).values(next_look_at=hurried))
