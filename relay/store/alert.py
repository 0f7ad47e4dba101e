# SPDX-License-Identifier: AGPL-3.0-or-later
"""Channels of a newsroom, what its strikers must know of, and what each channel was told of it."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import JSON, Field, Index, SQLModel, col, delete, func, select, text
from sqlmodel.ext.asyncio.session import AsyncSession

from relay.store.article import Article
from relay.store.columns import Moment, word
from relay.store.ledger import Delivery, Notice
from relay.store.strike import Strike
from relay.terms import Action, AlertKind, ArticleState, DeliveryState, NoticeKind, StrikeState

_OPEN = "cleared_at IS NULL"
_UNDER_WAY = (DeliveryState.PENDING, DeliveryState.SENDING, DeliveryState.UNSURE)


class Channel(SQLModel, table=True):
    """An address that strikers are alerted at. It holds a secret and is sealed; ``scheme`` and ``host`` may be shown.

    ``failures`` in a row since a message was accepted, ``fault`` the last one's word, ``rest_until`` when it is tried
    again.
    """

    id: int | None = Field(default=None, primary_key=True)
    newsroom_id: int = Field(foreign_key="newsroom.id", index=True)
    scheme: str
    host: str
    sealed: bytes = b""
    made_at: datetime = Field(sa_type=Moment)
    failures: int = 0
    fault: str = ""
    rest_until: datetime | None = Field(default=None, sa_type=Moment)

    @property
    def seat(self) -> str:
        """What its sealed address is bound to."""
        return f"newsroom/{self.newsroom_id}/channel/{self.id}/address"


class Alert(SQLModel, table=True):
    """One thing the strikers must know of, from when it began to when it was over.

    ``facts`` fill its sentence. ``gone_at``: since when it is not seen any more; it is over (``cleared_at``) only
    once it has stayed away.
    """

    __table_args__ = (
        Index(
            *("ix_alert_open", "newsroom_id", "kind", "subject"),
            unique=True,
            sqlite_where=text(_OPEN),
            postgresql_where=text(_OPEN),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    newsroom_id: int = Field(foreign_key="newsroom.id", index=True)
    kind: AlertKind = Field(sa_column=word(AlertKind))
    subject: str
    facts: dict[str, str] = Field(default_factory=dict, sa_type=JSON)
    raised_at: datetime = Field(sa_type=Moment)
    gone_at: datetime | None = Field(default=None, sa_type=Moment)
    cleared_at: datetime | None = Field(default=None, sa_type=Moment)


class Telling(SQLModel, table=True):
    """A channel accepted the message that an alert began (``told_at``), and that it was over (``cleared_told_at``)."""

    channel_id: int = Field(foreign_key="channel.id", primary_key=True)
    alert_id: int = Field(foreign_key="alert.id", primary_key=True)
    told_at: datetime = Field(sa_type=Moment)
    cleared_told_at: datetime | None = Field(default=None, sa_type=Moment)


@dataclass(frozen=True)
class Waiting:
    """``count`` notices of one account that wait, the first of them ``since``."""

    account: int
    count: int
    since: datetime


async def channels(newsroom: int, tx: AsyncSession) -> list[Channel]:
    """The newsroom's channels, oldest first."""
    return list((await tx.exec(select(Channel).where(Channel.newsroom_id == newsroom).order_by(col(Channel.id)))).all())


async def channel(newsroom: int, tx: AsyncSession, number: int) -> Channel | None:
    """One channel of the newsroom."""
    return (await tx.exec(select(Channel).where(Channel.newsroom_id == newsroom, Channel.id == number))).first()


async def remove(newsroom: int, tx: AsyncSession, number: int) -> bool:
    """Delete a channel and what it was told; whether there was one."""
    row = await channel(newsroom, tx, number)
    if row is None:
        return False
    await tx.exec(delete(Telling).where(col(Telling.channel_id) == number))
    await tx.delete(row)
    return True


async def standing(newsroom: int, tx: AsyncSession) -> list[Alert]:
    """The alerts that are not over, oldest first."""
    query = select(Alert).where(Alert.newsroom_id == newsroom, col(Alert.cleared_at).is_(None))
    return list((await tx.exec(query.order_by(col(Alert.id)))).all())


async def tellings(newsroom: int, tx: AsyncSession) -> list[tuple[Telling, Alert]]:
    """What channels were told began and were not told is over, in the order it began."""
    query = select(Telling, Alert).join(Alert).where(Alert.newsroom_id == newsroom)
    return list((await tx.exec(query.where(col(Telling.cleared_told_at).is_(None)).order_by(col(Alert.id)))).all())


async def articles_since(newsroom: int, tx: AsyncSession, moment: datetime) -> int:
    """How many articles were new at ``moment`` or later, the held ones included."""
    query = select(func.count()).select_from(Article).where(Article.newsroom_id == newsroom)
    return (await tx.exec(query.where(Article.seen_at >= moment, Article.state != ArticleState.SILENT))).one()


async def unanswered_since(newsroom: int, tx: AsyncSession, moment: datetime) -> datetime | None:
    """When the first article got a notice since the last one that was sent, looking back to ``moment``; None without
    one.
    """
    said = (Delivery.newsroom_id == newsroom, Delivery.action == Action.PUBLISH, Delivery.state == DeliveryState.SENT)
    last: datetime | None = (await tx.exec(select(func.max(Delivery.settled_at)).where(*said))).one()
    query = select(func.min(Notice.made_at)).where(Notice.newsroom_id == newsroom, Notice.kind == NoticeKind.ARTICLE)
    first: datetime | None = (await tx.exec(query.where(Notice.made_at >= max(moment, last or moment)))).one()
    return first


async def late(newsroom: int, tx: AsyncSession, moment: datetime) -> list[Waiting]:
    """Notices of running strikes that should have gone out by ``moment``, or whose answer is missing since then."""
    since = func.coalesce(col(Delivery.first_try_at), col(Delivery.due_at))
    query = (
        select(Delivery.account_id, func.count(), func.min(since))
        .join(Strike)
        .where(Delivery.newsroom_id == newsroom, Delivery.action == Action.PUBLISH, since <= moment)
        .where(col(Delivery.state).in_(_UNDER_WAY), Strike.state == StrikeState.RUNNING)
        .group_by(col(Delivery.account_id))
    )
    return [Waiting(*row) for row in await tx.exec(query)]


async def needing_a_person(newsroom: int, tx: AsyncSession) -> list[Waiting]:
    """Notices that only a person can settle."""
    since = func.coalesce(col(Delivery.settled_at), col(Delivery.due_at))
    query = (
        select(Delivery.account_id, func.count(), func.min(since))
        .where(Delivery.newsroom_id == newsroom, Delivery.state == DeliveryState.NEEDS_HUMAN)
        .group_by(col(Delivery.account_id))
    )
    return [Waiting(*row) for row in await tx.exec(query)]
