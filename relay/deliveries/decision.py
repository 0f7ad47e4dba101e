# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a person decides about a delivery that Piquet cannot decide: it is out, say it again, or never.

Each is one transaction along the declared graph, and takes the row from whoever has it in hand.
"""

from collections.abc import Mapping
from datetime import datetime
from urllib.parse import urlsplit

from sqlmodel.ext.asyncio.session import AsyncSession

from relay.deliveries import recall
from relay.deliveries.audit import BY_HAND
from relay.deliveries.claim import refusal
from relay.deliveries.reconcile import AGAIN
from relay.faults import Invalid
from relay.i18n import say
from relay.networks.port import Card, Receipt
from relay.store import doubt, locks
from relay.store import strike as strikes
from relay.store.account import Account
from relay.store.ledger import Delivery
from relay.terms import DELIVERY_GRAPH, AccountState, DeliveryState, step

DROPPED = "dropped"


async def sent(
    newsroom: int, tx: AsyncSession, number: int, post: Receipt, cards: Mapping[str, Card], now: datetime
) -> Delivery:
    """It is out: a person has seen it. ``post`` is empty as far as it is not known.

    Raises Invalid if there is nothing to decide, or if the post is another notice's.
    """
    row = await _undecided(newsroom, tx, number, DeliveryState.SENT)
    if post.url and urlsplit(post.url).scheme not in ("http", "https"):
        raise Invalid(say("“{url}” is no address of a post: copy it from the account’s page.", url=post.url))
    if (post.id or post.url) and await doubt.proves_another(newsroom, tx, row, post.id, post.url):
        raise Invalid(say("{url} is another notice’s post already: look for the one of this notice.", url=post.url))
    _settle(row, DeliveryState.SENT, BY_HAND, now)
    row.remote_id, row.remote_url, row.revision = post.id, post.url, post.revision
    await tx.flush()
    if post.id:
        await recall.overtaken(tx, [number], cards, now)
    return row


async def again(newsroom: int, tx: AsyncSession, number: int, now: datetime) -> Delivery:
    """Say it again, within its window only.

    Raises Invalid if there is nothing to decide, or if it must not be said any more.
    """
    known = await doubt.find(newsroom, tx, number)
    if known is not None:
        await locks.strike(newsroom, tx, known.strike_id)
    row = await _undecided(newsroom, tx, number, DeliveryState.PENDING)
    strike = await strikes.find(newsroom, tx, row.strike_id)
    if strike is None or refusal(row, strike, now):
        raise Invalid(
            say(
                "It is too late to say this notice again: its window or its time is over. "
                "If it is out, run “piquet delivery sent {number}”; if not, “piquet delivery drop {number}”.",
                number=number,
            )
        )
    account = await tx.get_one(Account, row.account_id)
    if account.state != AccountState.CONNECTED:
        raise Invalid(
            say(
                "{account} has to be connected again: run “piquet account connect {network}”.",
                account=account.handle,
                network=account.network,
            )
        )
    if row.state == DeliveryState.REJECTED:
        row.post = None  # the cause was mended: it is composed anew
    _settle(row, DeliveryState.PENDING, AGAIN, None)
    row.due_at = now
    return row


async def drop(newsroom: int, tx: AsyncSession, number: int, now: datetime) -> Delivery:
    """Never say it. Raises Invalid if there is nothing to decide."""
    row = await _undecided(newsroom, tx, number, DeliveryState.WITHDRAWN)
    _settle(row, DeliveryState.WITHDRAWN, DROPPED, now)
    return row


async def _undecided(newsroom: int, tx: AsyncSession, number: int, wanted: DeliveryState) -> Delivery:
    row = await doubt.find(newsroom, tx, number, locked=True)
    if row is None:
        raise Invalid(say("There is no notice {number} here: “piquet delivery list” shows them.", number=number))
    if row.state in (DeliveryState.SENDING, DeliveryState.SENT):
        raise Invalid(say("Notice {number} is sent, or being sent: there is nothing to decide.", number=number))
    if wanted not in DELIVERY_GRAPH[row.state]:
        raise Invalid(say("Notice {number} is settled: there is nothing to decide.", number=number))
    return row


def _settle(row: Delivery, state: DeliveryState, reason: str, settled_at: datetime | None) -> None:
    row.state = step(DELIVERY_GRAPH, row.state, state)
    row.reason, row.settled_at, row.holder = reason, settled_at, ""
