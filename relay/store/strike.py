# SPDX-License-Identifier: AGPL-3.0-or-later
"""Strikes with their wordings, windows and targets."""

from datetime import datetime

from sqlmodel import JSON, Field, SQLModel, UniqueConstraint, col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from relay.store.account import Account
from relay.store.columns import Moment, word
from relay.terms import NoticeKind, StrikeState, Window


class Strike(SQLModel, table=True):
    """Reasons, demands and how they are said. ``picture``: ``none``, ``start`` or ``all``; ``age_limit`` in seconds.

    ``recalled_at``: what was posted is taken back, what turns up late included.
    """

    id: int | None = Field(default=None, primary_key=True)
    newsroom_id: int = Field(foreign_key="newsroom.id", index=True)
    name: str
    reasons: str = ""
    demands: list[str] = Field(default_factory=list, sa_type=JSON)
    link: str = ""
    hashtags: list[str] = Field(default_factory=list, sa_type=JSON)
    languages: list[str] = Field(default_factory=list, sa_type=JSON)
    visibility: str = "public"
    warning: str = ""
    picture: str = "start"
    age_limit: int = 6 * 3600
    state: StrikeState = Field(sa_column=word(StrikeState, index=True))
    made_at: datetime = Field(sa_type=Moment)
    armed_at: datetime | None = Field(default=None, sa_type=Moment)
    stopped_at: datetime | None = Field(default=None, sa_type=Moment)
    recalled_at: datetime | None = Field(default=None, sa_type=Moment)


class Phrase(SQLModel, table=True):
    """One wording of a strike; several of a kind rotate."""

    __table_args__ = (UniqueConstraint("strike_id", "kind", "position"),)

    id: int | None = Field(default=None, primary_key=True)
    strike_id: int = Field(foreign_key="strike.id", index=True)
    kind: NoticeKind = Field(sa_column=word(NoticeKind))
    position: int
    language: str = ""
    text: str


class Slot(SQLModel, table=True):
    """A window of a strike, [opens, closes). ``opened`` once its start and end notices have been planned.

    ``stopped_at``: it was cut short, for good; ``closes`` still says what had been planned, so that it can be renewed.
    """

    __table_args__ = (UniqueConstraint("strike_id", "opens"),)

    id: int | None = Field(default=None, primary_key=True)
    strike_id: int = Field(foreign_key="strike.id", index=True)
    opens: datetime = Field(sa_type=Moment, index=True)
    closes: datetime = Field(sa_type=Moment)
    opened: bool = False
    stopped_at: datetime | None = Field(default=None, sa_type=Moment)

    @property
    def window(self) -> Window:
        """The stretch in which the strike speaks."""
        return Window(self.opens, self.stopped_at or self.closes)

    @property
    def planned(self) -> Window:
        """The stretch as it was planned."""
        return Window(self.opens, self.closes)


class Target(SQLModel, table=True):
    """An account a strike speaks through."""

    strike_id: int = Field(foreign_key="strike.id", primary_key=True)
    account_id: int = Field(foreign_key="account.id", primary_key=True)


async def of_newsroom(newsroom: int, tx: AsyncSession) -> list[Strike]:
    """The newsroom's strikes, oldest first."""
    return list((await tx.exec(select(Strike).where(Strike.newsroom_id == newsroom).order_by(col(Strike.id)))).all())


async def find(newsroom: int, tx: AsyncSession, strike: int) -> Strike | None:
    """One strike of the newsroom."""
    return (await tx.exec(select(Strike).where(Strike.newsroom_id == newsroom, Strike.id == strike))).first()


async def slots(newsroom: int, tx: AsyncSession, strike: int) -> list[Slot]:
    """The windows of a strike, in time order."""
    query = select(Slot).join(Strike).where(Strike.newsroom_id == newsroom, Slot.strike_id == strike)
    return list((await tx.exec(query.order_by(col(Slot.opens)))).all())


async def phrases(newsroom: int, tx: AsyncSession, strike: int) -> list[Phrase]:
    """The wordings of a strike, in the order they rotate."""
    query = select(Phrase).join(Strike).where(Strike.newsroom_id == newsroom, Phrase.strike_id == strike)
    return list((await tx.exec(query.order_by(col(Phrase.kind), col(Phrase.position)))).all())


async def targets(newsroom: int, tx: AsyncSession, strike: int) -> list[Account]:
    """The accounts a strike speaks through; a forgotten one is none, until it is connected again."""
    query = select(Account).join(Target).where(Account.newsroom_id == newsroom, Target.strike_id == strike)
    query = query.where(Account.sealed != b"")
    return list((await tx.exec(query.order_by(col(Account.id)))).all())


async def windows(newsroom: int, tx: AsyncSession) -> list[Window]:
    """Every window of the newsroom's armed and running strikes."""
    query = select(Slot).join(Strike).where(Strike.newsroom_id == newsroom)
    query = query.where(col(Strike.state).in_([StrikeState.ARMED, StrikeState.RUNNING]))
    return [slot.window for slot in (await tx.exec(query)).all()]


async def in_force(newsroom: int, tx: AsyncSession, now: datetime) -> list[tuple[Strike, Slot]]:
    """The newsroom's running strikes with the window ``now`` is in, if it has been opened."""
    query = (
        select(Strike, Slot)
        .join(Slot)
        .where(Strike.newsroom_id == newsroom, Strike.state == StrikeState.RUNNING)
        .where(Slot.opened, Slot.opens <= now, Slot.closes > now, col(Slot.stopped_at).is_(None))
    )
    return list((await tx.exec(query)).all())
