# SPDX-License-Identifier: AGPL-3.0-or-later
"""Subscriptions at WebSub hubs, and what the hubs pushed that nobody has read yet."""

from datetime import datetime

from sqlmodel import Field, SQLModel, col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from relay.store.columns import Moment, word
from relay.terms import SubscriptionState


class Subscription(SQLModel, table=True):
    """What a hub was asked to push; one a feed.

    ``address`` is the public address it was asked under, ``path`` the last part of its callback, 128 random bits in
    hexadecimal; ``sealed`` the secret that the hub signs with, empty where it was given none.

    ``asked_at`` is the latest request, ``answered_at`` the latest that the hub verified; ``due_at``: something is to be
    done then, None for never; ``failures`` requests in a row that came to nothing; ``reason`` says why it is not
    active: ``unverified``, ``unreachable``, ``refused``, ``denied``.

    ``pushes`` were signed well, ``weak`` of them with SHA-1; ``strays`` were not; ``misses`` are articles that were
    found by looking, although the hub should have pushed them, the last at ``missed_at``; ``hinted_at``: a stray last
    had the feed looked at.
    """

    id: int | None = Field(default=None, primary_key=True)
    newsroom_id: int = Field(foreign_key="newsroom.id", index=True)
    feed_id: int = Field(foreign_key="feed.id", unique=True)
    hub: str
    topic: str
    address: str
    path: str = Field(unique=True)
    sealed: bytes = b""
    state: SubscriptionState = Field(sa_column=word(SubscriptionState))
    asked_at: datetime = Field(sa_type=Moment)
    answered_at: datetime | None = Field(default=None, sa_type=Moment)
    expires_at: datetime | None = Field(default=None, sa_type=Moment)
    due_at: datetime | None = Field(default=None, sa_type=Moment, index=True)
    failures: int = 0
    reason: str = ""
    pushes: int = 0
    weak: int = 0
    strays: int = 0
    misses: int = 0
    pushed_at: datetime | None = Field(default=None, sa_type=Moment)
    missed_at: datetime | None = Field(default=None, sa_type=Moment)
    hinted_at: datetime | None = Field(default=None, sa_type=Moment)

    @property
    def callback(self) -> str:
        """Where the hub reaches us."""
        return f"{self.address}/push/{self.path}"

    @property
    def seat(self) -> str:
        """What its sealed secret is bound to."""
        return f"newsroom/{self.newsroom_id}/feed/{self.feed_id}/push/{self.path}"


class Push(SQLModel, table=True):
    """A well signed body, as long as it waits to be read: kept before the hub is told that it has come."""

    id: int | None = Field(default=None, primary_key=True)
    feed_id: int = Field(foreign_key="feed.id", index=True)
    received_at: datetime = Field(sa_type=Moment)
    content_type: str
    body: bytes


async def of_newsroom(newsroom: int, tx: AsyncSession) -> list[Subscription]:
    """All of the newsroom, those that are over included, oldest first."""
    query = select(Subscription).where(Subscription.newsroom_id == newsroom).order_by(col(Subscription.id))
    return list((await tx.exec(query)).all())


async def of_feed(newsroom: int, tx: AsyncSession, feed: int) -> Subscription | None:
    """That of one feed, if it ever had one."""
    query = select(Subscription).where(Subscription.newsroom_id == newsroom, Subscription.feed_id == feed)
    return (await tx.exec(query)).first()
