# SPDX-License-Identifier: AGPL-3.0-or-later
"""Write an outcome into the ledger: fenced by the holder, along the declared graph, the account with it."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from relay.deliveries.attempt import Outcome
from relay.deliveries.plan import pin
from relay.store.account import Account
from relay.store.ledger import Delivery, Notice
from relay.store.strike import Slot, Strike
from relay.terms import (
    DELIVERY_GRAPH,
    SETTLED,
    AccountState,
    Action,
    DeliveryState,
    NoticeKind,
    StrikeState,
    step,
)

MEMO = 1_000  # characters of a network's own words worth keeping


async def apply(tx: AsyncSession, outcomes: Sequence[Outcome], holder: str, now: datetime) -> None:
    """Settle outcomes; one of a claim that is no longer ours changes nothing."""
    if not outcomes:
        return
    claimed = col(Delivery.id).in_([outcome.claim.id for outcome in outcomes])
    rows = (await tx.exec(select(Delivery).where(claimed, Delivery.holder == holder))).all()
    ours = {row.id: row for row in rows}
    for outcome in outcomes:
        row = ours.get(outcome.claim.id)
        if row is None:
            continue
        _move(row, outcome, now)
        if outcome.verdict.pause or outcome.verdict.rest_until:
            await _rest(tx, outcome)
        if outcome.claim.kind == NoticeKind.START and row.action == Action.PUBLISH and row.state == DeliveryState.SENT:
            await _pin_if_running(tx, row, outcome, now)
    await tx.flush()


def _move(row: Delivery, outcome: Outcome, now: datetime) -> None:
    verdict = outcome.verdict
    if row.state != verdict.state:
        row.state = DeliveryState(step(DELIVERY_GRAPH, row.state, verdict.state))
    row.holder, row.reason, row.memo = "", verdict.reason, outcome.memo[:MEMO]
    if verdict.reason == "unbegun":
        row.tries -= 1
    if verdict.due_at is not None:
        row.due_at = verdict.due_at
    if verdict.state in SETTLED:
        row.settled_at = now
    if outcome.receipt is not None:
        row.remote_id, row.remote_url = outcome.receipt.id, outcome.receipt.url
        row.revision = outcome.receipt.revision


async def _rest(tx: AsyncSession, outcome: Outcome) -> None:
    account = (await tx.exec(select(Account).where(Account.id == outcome.claim.account.id))).one()
    if outcome.verdict.rest_until is not None:
        account.rest_until = outcome.verdict.rest_until
    if outcome.verdict.pause:
        account.state, account.reason = AccountState.PAUSED, outcome.memo[:MEMO] or outcome.verdict.reason


async def _pin_if_running(tx: AsyncSession, row: Delivery, outcome: Outcome, now: datetime) -> None:
    """The start notice stays on top for the day, where the network can."""
    if not outcome.claim.card.capabilities.pins:
        return
    query = (
        select(Slot, Strike)
        .join(Notice, Notice.slot_id == Slot.id)  # type: ignore[arg-type]
        .join(Strike, Slot.strike_id == Strike.id)  # type: ignore[arg-type]
        .where(Notice.id == row.notice_id)
    )
    slot, strike = (await tx.exec(query)).one()
    if strike.state == StrikeState.RUNNING and now < slot.closes:
        pin(tx, row, slot.closes, now)
