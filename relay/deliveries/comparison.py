# SPDX-License-Identifier: AGPL-3.0-or-later
"""The ledger of a strike against what stands on its accounts: what is gone, what stands twice, what nobody wrote down.

Every account is asked once, one after the other; one that does not answer is named, and the others are compared.
"""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from relay.deliveries.audit import BY_HAND, ON_ITS_WAY, Gap, Wrong
from relay.deliveries.edges import SLACK
from relay.deliveries.reconcile import PATIENCE, Reader, mark_of_link, mark_of_text
from relay.faults import Problem
from relay.networks.port import Finds, Found
from relay.store import audit as ledger
from relay.store import strike as strikes
from relay.store.account import Account
from relay.store.audit import Said
from relay.store.columns import saved
from relay.store.ledger import Delivery
from relay.terms import DeliveryState, NoticeKind


@dataclass(frozen=True)
class Page:
    """One account's side of the comparison. ``receipts``: those of all strikes; ``posts``: what stood there when it was
    ``asked_at``.
    """

    account: Account
    said: Sequence[Said]
    receipts: frozenset[str]
    posts: Sequence[Found]
    asked_at: datetime


async def read_back(reader: Reader, newsroom: int, strike: int) -> list[Gap]:
    """Ask every account of a strike what stands there, and compare."""
    async with reader.store.read() as tx:
        slots = await strikes.slots(newsroom, tx, strike)
        accounts = await strikes.targets(newsroom, tx, strike)
    opened = [slot.opens for slot in slots if slot.opened]
    if not opened:
        return []
    return [gap for account in accounts for gap in await _compared(reader, newsroom, strike, account, min(opened))]


async def _compared(reader: Reader, newsroom: int, strike: int, account: Account, opens: datetime) -> list[Gap]:
    card = reader.cards[account.network]
    if not card.capabilities.reads_back:
        return [Gap(Wrong.UNREADABLE, NoticeKind.ARTICLE, opens, account=account.handle, words=card.title)]
    asked_at = reader.clock.now()
    try:
        network = await reader.connect(account)
        async with asyncio.timeout(PATIENCE):
            posts = await network.recent(opens - SLACK) if isinstance(network, Finds) else ()
    except (Problem, TimeoutError) as cause:
        words = str(cause) or type(cause).__name__
        return [Gap(Wrong.UNREAD, NoticeKind.ARTICLE, opens, account=account.handle, words=words)]
    async with reader.store.read() as tx:  # after the look: nothing that stood there is missing in the ledger
        said = await ledger.said(newsroom, tx, strike, saved(account.id))
        receipts = await ledger.receipts(newsroom, tx, saved(account.id))
    return list(compare(Page(account, said, frozenset(receipts), posts, asked_at)))


def compare(page: Page) -> Iterator[Gap]:
    """What the ledger and the account's page do not agree on. Pure."""
    there = {post.receipt.id: post for post in page.posts}
    for each in page.said:
        row = each.delivery
        if _proven(row, page.asked_at) and row.remote_id not in there:
            yield _gap(Wrong.GONE, each, page.account, row.remote_url)
        if row.state == DeliveryState.WITHDRAWN and row.remote_id in there:
            yield _gap(Wrong.STANDING, each, page.account, row.remote_url)
    words = {mark_of_text(each.delivery.post["text"]): each for each in page.said if each.delivery.post}
    links = {mark_of_link(each.article.link): each for each in page.said if each.article}
    for post in page.posts:
        if post.receipt.id not in page.receipts:
            yield from _unknown(post, page.account, words, links)


def _proven(row: Delivery, asked_at: datetime) -> bool:
    """Whether the network itself gave a receipt, before it was asked what stands there."""
    settled = row.settled_at is not None and row.settled_at <= asked_at
    return settled and row.state == DeliveryState.SENT and row.reason != BY_HAND and row.remote_id != ""


def _unknown(post: Found, account: Account, words: dict[bytes, Said], links: dict[bytes, Said]) -> Iterator[Gap]:
    """A post that is in nobody's ledger: ours if it has our words, somebody's if it only has the article's link."""
    ours = words.get(mark_of_text(post.text))
    about = next((links[mark] for mark in map(mark_of_link, post.links) if mark in links), None)
    if ours is not None and ours.delivery.state in ON_ITS_WAY:
        return  # its answer is on its way
    if ours is not None:
        wrong = Wrong.TWIN if ours.delivery.state == DeliveryState.SENT else Wrong.STANDING
        yield _gap(wrong, ours, account, post.receipt.url)
    elif about is not None:
        unsaid = about.delivery.state not in (*ON_ITS_WAY, DeliveryState.SENT)
        yield _gap(Wrong.STANDING if unsaid else Wrong.STRANGER, about, account, post.receipt.url)


def _gap(wrong: Wrong, said: Said, account: Account, url: str) -> Gap:
    title, link = (said.article.title, said.article.link) if said.article else ("", "")
    moment = said.article.seen_at if said.article else said.notice.made_at
    return Gap(wrong, said.notice.kind, moment, title, link, account.handle, said.delivery.id, url)
