# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the engine writes on the hot path, for all newsrooms: a row is taken in hand, a row is settled.

Core statements, not the unit of work: many rows go with one statement, and none has to be read first.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Update, bindparam
from sqlmodel import col, update
from sqlmodel.ext.asyncio.session import AsyncSession

from relay.store.ledger import Delivery
from relay.terms import DeliveryState

_TAKEN = ("state", "holder", "tries", "first_try_at", "due_at", "key", "post")
_SETTLED = ("state", "reason", "memo", "due_at", "settled_at", "tries", "remote_id", "remote_url", "revision")

_ROW = col(Delivery.id) == bindparam("row")
_TAKE = update(Delivery).where(_ROW).values({name: bindparam(f"new_{name}") for name in _TAKEN})
_SETTLE = (
    update(Delivery)
    .where(_ROW, col(Delivery.holder) == bindparam("by"))
    .values({name: bindparam(f"new_{name}") for name in _SETTLED} | {"holder": ""})
)


@dataclass(frozen=True)
class Taken:
    """What a claim writes: from here on the row is in ``holder``'s hand, its content frozen."""

    row: int
    state: DeliveryState
    holder: str
    tries: int
    first_try_at: datetime
    due_at: datetime
    key: str
    post: dict[str, Any] | None


@dataclass(frozen=True)
class Settled:
    """What settling writes, and nothing if the row is no longer in the hand of ``by``."""

    row: int
    by: str
    state: DeliveryState
    reason: str
    memo: str
    due_at: datetime
    settled_at: datetime | None
    tries: int
    remote_id: str = ""
    remote_url: str = ""
    revision: str = ""


async def take(tx: AsyncSession, rows: Sequence[Taken]) -> None:
    """Write claims, all with one statement."""
    await _write(tx, _TAKE, rows)


async def settle(tx: AsyncSession, rows: Sequence[Settled]) -> None:
    """Write outcomes, all with one statement."""
    await _write(tx, _SETTLE, rows)


async def _write(tx: AsyncSession, statement: Update, rows: Sequence[Taken] | Sequence[Settled]) -> None:
    if rows:
        values = [{_name(name): value for name, value in vars(row).items()} for row in rows]
        await (await tx.connection()).execute(statement, values)


def _name(field: str) -> str:
    return field if field in ("row", "by") else f"new_{field}"
