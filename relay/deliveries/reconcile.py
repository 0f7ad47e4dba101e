# SPDX-License-Identifier: AGPL-3.0-or-later
"""After a restore the ledger has forgotten what was said since the backup: the accounts' own posts tell.

First every account is read back (``readback``), and until that is done nothing is said (``relay.store.reconcile``).
From then on a notice that an account was found to have said already is adopted instead of said (``remembered``): one
for an article by the article's link, one for a start or an end by its words. Where posts cannot be read back, what may
have been said before the restore is left to a person.
"""

import asyncio
import re
import unicodedata
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Any

from sqlmodel import and_, col, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from relay import log
from relay.clock import Clock
from relay.deliveries.edges import SLACK
from relay.deliveries.plan import pin
from relay.faults import Held, Problem, Throttled, Unauthorised, Unusable
from relay.feeds.identity.canonical import normalise
from relay.networks.port import Card, Finds, Found, Network
from relay.store import echo, locks
from relay.store import reconcile as reconciling
from relay.store.account import Account
from relay.store.article import Article
from relay.store.columns import saved
from relay.store.database import Store
from relay.store.echo import Echo
from relay.store.ledger import Delivery, Notice
from relay.store.strike import Slot
from relay.store.waiting import Work
from relay.terms import DELIVERY_GRAPH, AccountState, Action, DeliveryState, NoticeKind, step

FOUND, RESTORED, AGAIN = "found", "restored", "again"
PATIENCE = 300.0  # seconds to read one account back, page after page
PAUSE = timedelta(seconds=30)  # after an account could not be read
LONGEST_WAIT = timedelta(hours=1)

Connect = Callable[[Account], Awaitable[Network]]


@dataclass(frozen=True)
class Reader:
    """What reading accounts back needs."""

    store: Store
    clock: Clock
    cards: Mapping[str, Card]
    connect: Connect


async def readback(reader: Reader, lane: str, restored_at: datetime) -> None:
    """Read back what is still to be read in a lane, after the restore at ``restored_at``.

    An account that cannot be read now is asked again later; one that lets us in no more is paused.
    """
    async with reader.store.read() as tx:
        accounts = await reconciling.of_lane(tx, lane, reader.clock.now())
    for account in accounts:
        try:
            posts = await _posts(reader, account)
        except Exception as cause:  # an adapter of a stranger may raise anything: nothing is said before it was read
            await _note(reader, account, cause)
        else:
            await _keep(reader, account, posts, restored_at)


async def remembered(
    tx: AsyncSession, work: Work, post: Mapping[str, Any], card: Card, restored_at: datetime, now: datetime
) -> bool:
    """Settle a delivery that was said before the restore, or may have been: then it must not be said again."""
    row = work.delivery
    slot = await tx.get_one(Slot, work.notice.slot_id)
    if not card.capabilities.reads_back:
        if not _maybe_said(work, slot, restored_at):
            return False
        _settle(row, DeliveryState.NEEDS_HUMAN, RESTORED, now)
        row.post = dict(post)
        tx.add(row)
        return True
    said = await _echo(tx, work, post, slot)
    if said is None:
        return False
    _found(row, said, now)
    row.post = dict(post)
    tx.add(row)
    if work.notice.kind == NoticeKind.START and card.capabilities.pins and now < slot.closes:
        pin(tx, row, slot.closes, now)
    await tx.flush()
    return True


def _settle(row: Delivery, state: DeliveryState, reason: str, now: datetime) -> None:
    """By the way that a request would have taken it."""
    if row.state == DeliveryState.PENDING:
        row.state = step(DELIVERY_GRAPH, row.state, DeliveryState.SENDING)
    row.state, row.reason, row.settled_at = step(DELIVERY_GRAPH, row.state, state), reason, now


def _found(row: Delivery, said: Echo, now: datetime) -> None:
    _settle(row, DeliveryState.SENT, FOUND, now)
    row.remote_id, row.remote_url, row.revision = said.remote_id, said.remote_url, said.revision


def mark_of_link(link: str) -> bytes:
    """The same for every spelling of one article's address."""
    return _digest("link", normalise(link))


def mark_of_text(text: str) -> bytes:
    """The same whatever a server does to spaces and signs, and whatever a notice counts: days, hours."""
    return _digest("text", re.sub(r"[\W\d_]+", "", unicodedata.normalize("NFC", text).casefold()))


def _digest(kind: str, value: str) -> bytes:
    return blake2b(value.encode("utf-8", "surrogatepass"), digest_size=16, person=kind.encode()).digest()


async def _posts(reader: Reader, account: Account) -> list[Found]:
    since = account.reconcile_since
    if since is None or not reader.cards[account.network].capabilities.reads_back:
        return []
    network = await reader.connect(account)
    if not isinstance(network, Finds):
        return []
    async with asyncio.timeout(PATIENCE):
        return list(await network.recent(since))


async def _keep(reader: Reader, account: Account, posts: list[Found], restored_at: datetime) -> None:
    echoes = {(mark, each.receipt.id): each for each in posts for mark in _marks(each)}
    async with reader.store.write() as tx:
        await locks.accounts(tx, {saved(account.id)})
        current = await tx.get_one(Account, account.id)
        if current.reconcile_since != account.reconcile_since:
            return  # restored again meanwhile
        rows = [_written(account, mark, each) for (mark, _), each in echoes.items()]
        await echo.keep(account.newsroom_id, tx, saved(account.id), rows)
        await _adopt(tx, current, restored_at, reader.clock.now())
        current.reconcile_since = None
        tx.add(current)
    log.info("account.readback", account=account.id, count=len(posts))


async def _adopt(tx: AsyncSession, account: Account, restored_at: datetime, now: datetime) -> None:
    """Settle what waited in the backup and was said after it: it may be late by now, and would expire unasked."""
    unasked = and_(col(Delivery.state) == DeliveryState.EXPIRED, col(Delivery.settled_at) >= restored_at)
    query = select(Delivery, Article).join(Notice, col(Delivery.notice_id) == col(Notice.id))
    query = query.join(Article, col(Notice.article_id) == col(Article.id))
    query = query.where(Delivery.account_id == account.id, Delivery.action == Action.PUBLISH)
    query = query.where(or_(col(Delivery.state) == DeliveryState.PENDING, unasked)).order_by(col(Delivery.id))
    for row, article in (await tx.exec(query.with_for_update(of=Delivery))).all():
        said = await echo.unclaimed(account.newsroom_id, tx, row.account_id, mark_of_link(article.link))
        if said is None:
            continue
        _found(row, said, now)
        tx.add(row)
        await tx.flush()  # no other row may have this post too


def _marks(post: Found) -> set[bytes]:
    return {mark_of_text(post.text), *map(mark_of_link, post.links)}


def _written(account: Account, mark: bytes, post: Found) -> Echo:
    return Echo(
        account_id=saved(account.id),
        mark=mark,
        remote_id=post.receipt.id,
        newsroom_id=account.newsroom_id,
        remote_url=post.receipt.url,
        revision=post.receipt.revision,
        created_at=post.created_at,
    )


async def _note(reader: Reader, account: Account, cause: Exception) -> None:
    """Have the account asked again when it may answer, or paused until a person comes."""
    now = reader.clock.now()
    async with reader.store.write() as tx:
        await locks.accounts(tx, {saved(account.id)})
        current = await tx.get_one(Account, account.id)
        if isinstance(cause, Unauthorised | Held | Unusable):
            current.state, current.reason = AccountState.PAUSED, str(cause)
        else:
            until = cause.until if isinstance(cause, Throttled) else now + PAUSE
            current.rest_until = min(until, now + LONGEST_WAIT)
        tx.add(current)
    fault = str(cause) if isinstance(cause, Problem) else type(cause).__name__
    log.warning("account.unread", account=account.id, fault=fault)


async def _echo(tx: AsyncSession, work: Work, post: Mapping[str, Any], slot: Slot) -> Echo | None:
    account, newsroom = work.delivery.account_id, work.delivery.newsroom_id
    if work.article is not None:
        return await echo.unclaimed(newsroom, tx, account, mark_of_link(work.article.link))
    return await echo.unclaimed(newsroom, tx, account, mark_of_text(post["text"]), slot.opens - SLACK)


def _maybe_said(work: Work, slot: Slot, restored_at: datetime) -> bool:
    """Whether this could have been said before the restore, by a relay that the backup knows nothing of."""
    row, article = work.delivery, work.article
    if row.reason == AGAIN or (row.first_try_at is not None and row.first_try_at >= restored_at):
        return False  # a person has looked
    if article is None:
        start = work.notice.kind == NoticeKind.START
        return (slot.opens if start else row.due_at) < restored_at
    if article.published is not None and article.published >= restored_at:
        return False
    return article.previous_look_at is None or article.previous_look_at < restored_at
