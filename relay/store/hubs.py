# SPDX-License-Identifier: AGPL-3.0-or-later
"""What is to be asked of WebSub hubs, across all newsrooms. Returns rows to no person."""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlmodel import and_, col, func, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from relay.store.columns import saved
from relay.store.feed import WATCHED, Feed
from relay.store.subscription import Subscription
from relay.terms import SubscriptionState

CALM = timedelta(minutes=10)  # for feeds whose answers name now this hub, now that
FAR = timedelta(days=15)  # longer than any lease: appointed by a clock that ran ahead
_STANDING = (SubscriptionState.ASKED, SubscriptionState.ACTIVE, SubscriptionState.RENEWING)

TOPIC = func.coalesce(func.nullif(Feed.topic, ""), Feed.address)
"""The name by which a hub knows the feed: the feed's own word for it, else where it is read."""


async def pending(
    tx: AsyncSession, begin: Collection[int], keep: Collection[int], address: str, now: datetime, limit: int
) -> list[tuple[Feed, Subscription | None, str]]:
    """Feeds for which something may have to be asked now, each with its subscription and its topic, by number.

    ``begin``: newsrooms that need pushes now, ``keep``: those that need them at all. One that names another hub now, or
    was asked for under another ``address``, is asked for anew, but not before ``CALM`` is over.
    """
    unasked = or_(col(Subscription.id).is_(None), Subscription.state == SubscriptionState.OVER)
    named = and_(col(Feed.newsroom_id).in_(begin), WATCHED, Feed.hub != "")
    new = select(Feed, Subscription, TOPIC).join(Subscription, isouter=True).where(named, unasked)
    unneeded = or_(col(Feed.newsroom_id).not_in(keep), ~WATCHED)
    other = or_(Subscription.hub != Feed.hub, Subscription.topic != TOPIC, Subscription.address != address)
    moved = and_(Feed.hub != "", other, Subscription.asked_at <= now - CALM)
    standing = and_(col(Subscription.state).in_(_STANDING), or_(unneeded, moved))
    due = or_(col(Subscription.due_at) <= now, col(Subscription.due_at) > now + FAR)
    old = select(Feed, Subscription, TOPIC).join(Subscription).where(or_(due, standing))
    found = [*(await tx.exec(old.limit(limit))).all()]
    if begin and len(found) < limit:
        found += (await tx.exec(new.limit(limit - len(found)))).all()
    return sorted(((feed, row, topic) for feed, row, topic in found), key=lambda each: saved(each[0].id))
