# SPDX-License-Identifier: AGPL-3.0-or-later
"""Write an outcome into the ledger: fenced by the holder, along the declared graph, the account with it."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from relay.deliveries import recall, sweep
from relay.deliveries.attempt import UNBEGUN, Outcome
from relay.deliveries.lastword import TAKEN
from relay.deliveries.plan import pin
from relay.networks.port import Card, Receipt
from relay.store import locks
from relay.store.account import Account
from relay.store.claims import Settled, settle
from relay.store.columns import saved
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

NOTHING = Receipt("", "")  # a pin makes no post of its own
MEMO = 1_000  # characters of a network's own words worth keeping


async def apply(tx: AsyncSession, outcomes: Sequence[Outcome], now: datetime, cards: Mapping[str, Card]) -> None:
    """Settle outcomes with all that follows from them; one of a claim that is no longer ours changes nothing."""
    if not outcomes:
        return
    await locks.accounts(tx, {saved(each.claim.account.id) for each in outcomes if _rests(each)})
    ours = await _held(tx, outcomes)
    await settle(tx, [_settled(outcome, now) for outcome in ours])
    for outcome in ours:
        if _rests(outcome):
            await _rest(tx, outcome)
        await _follow(tx, outcome, now)
    said = [outcome for outcome in ours if _said(outcome)]
    await sweep.renew(tx, [each.claim.id for each in said if each.claim.tries > 1], now)
    await recall.overtaken(tx, [each.claim.id for each in said], cards, now)


async def _held(tx: AsyncSession, outcomes: Sequence[Outcome]) -> list[Outcome]:
    """Those whose rows we still have in hand: nothing may follow from the others.

    A claim that was taken from us stays lost, even if we have taken its row in hand anew since then.
    """
    asked = [outcome.claim.id for outcome in outcomes]
    rows = select(Delivery.id, Delivery.holder).where(col(Delivery.id).in_(asked))
    held = dict((await tx.exec(rows.order_by(col(Delivery.id)).with_for_update())).all())
    return [each for each in outcomes if held.get(each.claim.id) == each.claim.holder and each.verdict.reason != TAKEN]


def _rests(outcome: Outcome) -> bool:
    return outcome.verdict.pause or outcome.verdict.rest_until is not None


def _said(outcome: Outcome) -> bool:
    return outcome.claim.action == Action.PUBLISH and outcome.verdict.state == DeliveryState.SENT


async def _follow(tx: AsyncSession, outcome: Outcome, now: datetime) -> None:
    """What has to be done next because of an outcome, written in its own transaction."""
    claim, state, can = outcome.claim, outcome.verdict.state, outcome.claim.card.capabilities
    match claim.action:
        case Action.PUBLISH if state == DeliveryState.UNSURE and not claim.looks and sweep.worthwhile(can):
            await sweep.plan(tx, await tx.get_one(Delivery, claim.id), now)
        case Action.PUBLISH if state == DeliveryState.SENT and claim.kind == NoticeKind.START and can.pins:
            await _pin_if_running(tx, claim.id, now)
        case Action.SWEEP:
            await sweep.conclude(tx, claim.id, outcome.standing, now)
        case Action.WITHDRAW if state == DeliveryState.SENT:
            await recall.done(tx, claim.id, now)


def _settled(outcome: Outcome, now: datetime) -> Settled:
    claim, verdict = outcome.claim, outcome.verdict
    if verdict.state != claim.state:
        step(DELIVERY_GRAPH, claim.state, verdict.state)
    receipt = outcome.receipt or (claim.receipt if claim.action == Action.PUBLISH else NOTHING)
    return Settled(
        row=claim.id,
        by=claim.holder,
        state=verdict.state,
        reason=verdict.reason,
        memo=outcome.memo[:MEMO],
        due_at=verdict.due_at or claim.due_at,
        settled_at=now if verdict.state in SETTLED else None,
        tries=claim.tries - (verdict.reason == UNBEGUN),
        remote_id=receipt.id,
        remote_url=receipt.url,
        revision=receipt.revision,
    )


async def _rest(tx: AsyncSession, outcome: Outcome) -> None:
    account = (await tx.exec(select(Account).where(Account.id == outcome.claim.account.id))).one()
    if outcome.verdict.rest_until is not None:
        account.rest_until = outcome.verdict.rest_until
    if outcome.verdict.pause and not account.forgotten:
        account.state, account.reason = AccountState.PAUSED, outcome.memo[:MEMO] or outcome.verdict.reason


async def _pin_if_running(tx: AsyncSession, delivery: int, now: datetime) -> None:
    """The start notice stays on top for the day."""
    query = (
        select(Delivery, Slot, Strike)
        .join(Notice, col(Delivery.notice_id) == col(Notice.id))
        .join(Slot, col(Notice.slot_id) == col(Slot.id))
        .join(Strike, col(Slot.strike_id) == col(Strike.id))
        .where(Delivery.id == delivery, Delivery.state == DeliveryState.SENT)
    )
    found = (await tx.exec(query)).first()
    if found is not None and found[2].state == StrikeState.RUNNING and now < found[1].closes:
        pin(tx, found[0], found[1].closes, now)
