# SPDX-License-Identifier: AGPL-3.0-or-later
"""Fan-out: a delivery for every account of a strike, for many notices and accounts with one statement."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, insert, literal
from sqlmodel import col, exists, select
from sqlmodel.ext.asyncio.session import AsyncSession

from relay.store.account import Account
from relay.store.ledger import Delivery, Notice
from relay.store.strike import Target
from relay.terms import Action, DeliveryState

_SPEAKS = Account.sealed != b""  # a forgotten account does not
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
        "action": _value("action", Action.PUBLISH),
        "lane": Account.lane,
        "rank": _value("rank", rank),
        "state": _value("state", DeliveryState.PENDING),
        "due_at": _value("due_at", due_at),
        "not_after": _value("not_after", not_after),
        "tries": _value("tries", 0),
        **{name: _value(name, "") for name in _EMPTY},
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


def _value(name: str, value: object) -> ColumnElement[Any]:
    """A constant of the type that the column has."""
    return literal(value, Delivery.__table__.c[name].type)  # type: ignore[attr-defined]
