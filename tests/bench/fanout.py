# SPDX-License-Identifier: AGPL-3.0-or-later
"""Fifty thousand deliveries planned at once, stopped at once, and taken back at once, on both stores."""

from collections.abc import AsyncGenerator
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import servers
import town
from crowd import LANES, Crowd, crowd, file
from rows import Missing, Row
from sqlmodel import col, select, update

from relay.clock import stopwatch
from relay.deliveries.recall import recall
from relay.store.article import Article
from relay.store.columns import saved
from relay.store.ledger import Delivery
from relay.store.strike import Strike
from relay.strikes.plan import stop
from relay.terms import Action, ArticleState, DeliveryState, StrikeState

ROUNDS, LONG = 3, 5.0  # rounds; but seconds after which no other is begun
EACH, ARTICLES = 8, 125  # 50 hosts with 8 accounts: 400


async def rows() -> AsyncGenerator[Row | Missing, None]:
    """SQLite first, then PostgreSQL if there is one."""
    with TemporaryDirectory(prefix="piquet-bench-") as home:
        async for row in _on(file(Path(home)), Path(home), "SQLite", 0.3):
            yield row
    if servers.missing():
        yield Missing("fan-out on PostgreSQL", servers.missing())
        return
    with servers.postgres() as database, TemporaryDirectory(prefix="piquet-bench-") as home:
        async for row in _on(database, Path(home), "PostgreSQL", 1):
            yield row


async def _on(database: str, home: Path, name: str, goal: float) -> AsyncGenerator[Row | Missing, None]:
    planned, stopped = list[float](), list[float]()
    async with crowd(home, database, EACH) as made:
        while len(planned) < ROUNDS and sum(planned) < LONG:
            if planned:
                await town.strike(made.house, made.room, made.accounts)
            planned.append(await _plan(made, range(len(planned) * ARTICLES, (len(planned) + 1) * ARTICLES)))
            stopped.append(await _stop(made))
        yield Row(f"{name}: plan 50,000 deliveries", median(planned), "s", goal)
        yield Row(f"{name}: stop a strike with 50,000 waiting", median(stopped), "s", 0.5)
        yield Row(f"{name}: plan to delete 50,000 posts", await _recall(made), "s")


async def _plan(made: Crowd, numbers: range) -> float:
    """Seconds to answer 125 articles on 400 accounts, from the first statement to the commit."""
    house, now = made.house, made.house.outside.clock.now()
    began = stopwatch()
    async with house.store.write() as tx:
        rows = [
            Article(newsroom_id=made.room, feed_id=1, link=f"https://journal.example/{number}", title=f"Titre {number}",
                    seen_at=now, state=ArticleState.SEEN)
            for number in numbers
        ]  # fmt: skip
        tx.add_all(rows)
        await tx.flush()
        await house.edges.answer(tx, made.room, rows, now, now)
    return stopwatch() - began


async def _stop(made: Crowd) -> float:
    """Seconds until everything that waits is withdrawn."""
    began = stopwatch()
    async with made.house.store.write() as tx:
        running = (await tx.exec(select(Strike.id).where(Strike.state == StrikeState.RUNNING))).one()
        withdrawn = await stop(made.room, tx, saved(running), made.house.outside.clock.now())
    took = stopwatch() - began
    assert withdrawn >= EACH * LANES * ARTICLES, f"{withdrawn} were withdrawn"
    return took


async def _recall(made: Crowd) -> float:
    """Seconds until the deletion of fifty thousand posts is planned."""
    async with made.house.store.write() as tx:
        last = (await tx.exec(select(Strike).order_by(col(Strike.id).desc()))).first()
        assert last
        sent = update(Delivery).where(col(Delivery.strike_id) == last.id, col(Delivery.action) == Action.PUBLISH)
        await tx.exec(sent.values(state=DeliveryState.SENT, remote_id="17"))
    began = stopwatch()
    async with made.house.store.write() as tx:
        row = await tx.get_one(Strike, saved(last.id))
        told = await recall(tx, row, made.house.seats.cards, made.house.outside.clock.now())
    took = stopwatch() - began
    assert told.posts >= EACH * LANES * ARTICLES, f"{told.posts} are deleted"
    return took
