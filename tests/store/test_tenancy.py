# SPDX-License-Identifier: AGPL-3.0-or-later
"""Another newsroom's rows are reached through no function of the store."""

import inspect
from collections.abc import Callable
from types import ModuleType
from typing import Any

from desk import EIGHT, NINE, NINETEEN, Desk
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from relay.store import (
    account,
    alert,
    article,
    audit,
    doubt,
    echo,
    feed,
    ledger,
    newsroom,
    standing,
    strike,
    subscription,
)
from relay.store.alert import Alert, Channel, Telling
from relay.store.article import Alias, Article, Hold
from relay.store.echo import Echo
from relay.store.ledger import Delivery
from relay.store.newsroom import Newsroom
from relay.store.strike import Slot
from relay.store.subscription import Subscription
from relay.terms import AlertKind, ArticleState, DeliveryState, SubscriptionState

ROOMS: tuple[ModuleType, ...] = (
    *(account, alert, article, audit, doubt, echo, feed, ledger, newsroom, standing, strike, subscription),
)
GIVEN = {
    "account": 1,
    "address": "https://journal.example/feed",
    "article": 1,
    "articles": {1},
    "delivery": 2,
    "echoes": (),
    "feed": 1,
    "hold": 1,
    "keys": {("l", b"key")},
    "lane": "net/elsewhere",
    "limit": 10,
    "mark": b"mark",
    "moment": EIGHT,
    "names": {},
    "network": "fake",
    "notice": 1,
    "number": 1,
    "now": NINE,
    "reason": "stopped",
    "remote_id": "desk",
    "row": Delivery(id=99, account_id=1),
    "since": EIGHT,
    "slots": (Slot(strike_id=1, opens=EIGHT, closes=NINETEEN),),
    "state": ArticleState.SEEN,
    "strike": 1,
    "url": "",
}
FUNCTIONS: dict[str, Callable[..., Any]] = {
    f"{room.__name__.rpartition('.')[2]}.{name}": function
    for room in ROOMS
    for name, function in inspect.getmembers(room, inspect.iscoroutinefunction)
    if function.__module__ == room.__name__
    and next(iter(inspect.signature(function).parameters)) == "newsroom"
    and name != "get"  # reads the newsroom's own row and nothing else
}
OPEN_TO_ALL = {"by_slug", "every", "get"}  # how a person finds the newsroom to begin with


async def furnish(desk: Desk) -> None:
    """One row of everything in the first newsroom."""
    await desk.strike(await desk.account())
    desk.clock.move_to(NINE)
    await desk.work()
    await desk.see("Un")
    async with desk.store.write() as tx:
        doubtful = await tx.get_one(Delivery, 2)
        doubtful.state = DeliveryState.NEEDS_HUMAN
        tx.add(Echo(account_id=1, mark=b"mark", remote_id="9", newsroom_id=1, remote_url="", created_at=NINE))
        tx.add(Newsroom(slug="other", name="L’Autre", zone="Europe/Paris", made_at=NINE))
        tx.add(Hold(newsroom_id=desk.newsroom, feed_id=desk.feed, reason="flood", made_at=NINE))
        tx.add(Channel(newsroom_id=desk.newsroom, scheme="ntfy", host="ntfy.sh", made_at=NINE))
        tx.add(
            Subscription(
                newsroom_id=desk.newsroom,
                feed_id=desk.feed,
                hub="",
                topic="",
                address="",
                path="",
                asked_at=NINE,
                state=SubscriptionState.ASKED,
            )
        )
        tx.add(Alert(newsroom_id=desk.newsroom, kind=AlertKind.DISK, subject="", raised_at=NINE))
        await tx.flush()
        tx.add(Telling(channel_id=1, alert_id=1, told_at=NINE))
        tx.add(Alias(feed_id=desk.feed, kind="l", digest=b"key", newsroom_id=desk.newsroom, article_id=1))
        held = (await tx.exec(select(Article))).first()
        assert held is not None
        held.hold_id = 1
        tx.add(held)


def arguments(function: Callable[..., Any], newsroom_id: int, tx: object) -> list[object]:
    names = [each.name for each in inspect.signature(function).parameters.values() if each.kind != each.KEYWORD_ONLY]
    return [newsroom_id, tx, *(GIVEN[name] for name in names[2:])]


async def touched(desk: Desk, tx: AsyncSession) -> bool:
    """Whether anything of the first newsroom's strike is not as it was."""
    rows = await ledger.of_strike(desk.newsroom, tx, 1)
    return {(row.lane, row.reason) for row, _, _ in rows} != {("net/fake/fake.example", "")}


async def test_nothing_of_another_newsroom_is_read_or_changed(desk: Desk) -> None:
    """By none of them, each in a transaction that is rolled back."""
    await furnish(desk)
    reached = []
    for name, function in FUNCTIONS.items():
        async with desk.store.write() as tx:
            if await function(*arguments(function, 2, tx)) or await touched(desk, tx):
                reached.append(name)
            await tx.rollback()
    assert [] == reached


def test_every_function_of_the_store_takes_the_newsroom_first() -> None:
    """The test above reaches them all."""
    named = {name for room in ROOMS for name, function in inspect.getmembers(room, inspect.iscoroutinefunction)
             if function.__module__ == room.__name__}  # fmt: skip
    assert named - {function.__name__ for function in FUNCTIONS.values()} == OPEN_TO_ALL
