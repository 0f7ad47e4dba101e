# SPDX-License-Identifier: AGPL-3.0-or-later
"""Fan-out: many deliveries planned with one statement, for the accounts of a strike or for what it has posted."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, insert, literal
from sqlalchemy.orm import aliased
from sqlmodel import col, exists, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from relay.store.account import Account
from relay.store.ledger import Delivery, Notice
from relay.store.strike import Target
from relay.terms import Action, DeliveryState

_SPEAKS = col(Account.sealed) != b""  # a forgotten account does not
_EMPTY = ("holder", "key", "remote_id", "remote_url", "revision", "memo", "reason")


async def fan_out(tx: AsyncSession, notices: Collection[int], rank: int, due_at: datetime, not_after: datetime) -> None:
    """Plan to publish these notices on every account of their strike, but where that is planned already."""
    planned = exists().where(
        col(Delivery.notice_id) == Notice.id,
        col(Delivery.account_id) == Account.id,
        col(Delivery.action) == Action.PUBLISH,
    )
    values: dict[str, Any] = {
        "newsroom_id": Notice.newsroom_id,
        "strike_id": Notice.strike_id,
        "notice_id": Notice.id,
        "account_id": Account.id,
        "lane": Account.lane,
        "not_after": _value("not_after", not_after),
        **_waiting(Action.PUBLISH, rank, due_at),
    }
    rows = (
        select(*values.values())
        .select_from(Notice)
        .join(Target, col(Target.strike_id) == Notice.strike_id)
        .join(Account, col(Account.id) == Target.account_id)
        .where(col(Notice.id).in_(notices), _SPEAKS, ~planned)
        .order_by(col(Notice.id), col(Account.id))
    )
    await (await tx.connection()).execute(insert(Delivery).from_select(list(values), rows))


async def lanes(tx: AsyncSession, strike: int) -> set[str]:
    """The lanes of the accounts that a strike speaks through."""
    query = select(Account.lane).join(Target).where(Target.strike_id == strike, _SPEAKS)
    return set((await tx.exec(query.distinct())).all())


async def take_back(
    newsroom: int, tx: AsyncSession, strike: int, network: str, rank: int, due_at: datetime, most: int | None
) -> int:
    """Plan to delete what a strike has posted on a network, at most the ``most`` oldest posts of each account that are
    not being deleted yet; returns how many they are.
    """
    nth = func.row_number().over(
        partition_by=col(Delivery.account_id), order_by=[col(Delivery.settled_at), col(Delivery.id)]
    )
    copied = ("newsroom_id", "strike_id", "notice_id", "account_id", "lane")
    parts: list[Any] = [*(getattr(Delivery, name) for name in copied), nth.label("nth")]
    posts = select(*parts).where(
        *standing(newsroom, strike), col(Account.network) == network, _SPEAKS, col(Delivery.remote_id) != ""
    )
    some = posts.join(Account, col(Account.id) == Delivery.account_id).subquery()
    values = {**{name: some.c[name] for name in copied}, **_waiting(Action.WITHDRAW, rank, due_at)}
    rows = select(*values.values())
    rows = rows if most is None else rows.where(some.c.nth <= most)
    planned = insert(Delivery).from_select(list(values), rows).execution_options(preserve_rowcount=True)
    made = await (await tx.connection()).execute(planned)
    return int(made.rowcount)


def standing(newsroom: int, strike: int) -> list[ColumnElement[bool]]:
    """What a strike has posted and nobody is deleting: conditions on ``Delivery``."""
    going = aliased(Delivery)
    same = (col(going.notice_id) == Delivery.notice_id, col(going.account_id) == Delivery.account_id)
    return [
        col(Delivery.newsroom_id) == newsroom,
        col(Delivery.strike_id) == strike,
        col(Delivery.action) == Action.PUBLISH,
        col(Delivery.state) == DeliveryState.SENT,
        ~exists().where(*same, col(going.action) == Action.WITHDRAW),
    ]


def _waiting(action: Action, rank: int, due_at: datetime) -> dict[str, ColumnElement[Any]]:
    given = {"action": action, "rank": rank, "state": DeliveryState.PENDING, "due_at": due_at, "tries": 0}
    return {name: _value(name, value) for name, value in (given | dict.fromkeys(_EMPTY, "")).items()}


def _value(name: str, value: object) -> ColumnElement[Any]:
    """A constant of the type that the column has."""
    return literal(value, Delivery.__table__.c[name].type)  # type: ignore[attr-defined]
