# SPDX-License-Identifier: AGPL-3.0-or-later
"""A newsroom whose feeds all lie in one ward, the farm where they grow, and the watch that looks at them."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, cast

from desk import Desk
from sqlalchemy import event
from sqlmodel import select

from relay.faults import NotAFeed
from relay.feeds.parse.parser import Parser
from relay.feeds.parse.reading import look
from relay.feeds.watch import Watch
from relay.i18n import say
from relay.outside import Outside
from relay.settings import Settings
from relay.square.farm.farm import Farm
from relay.store.article import Article
from relay.store.database import Store
from relay.store.feed import Feed
from relay.store.lanes import host
from relay.terms import ArticleState, Document, Reading, Window

WARD = "feed/00"


class Here:
    """Reads documents here and now: those of the farm are harmless, and boxes take a while to start."""

    async def read(
        self, body: bytes, content_type: str, address: str, known: bytes, *, suspect: bool = False
    ) -> Reading:
        reading = look(body, content_type, address, known)
        if reading is None:
            raise NotAFeed(say("no feed"))
        return reading

    async def parse(self, body: bytes, content_type: str, address: str) -> Document:
        return (await self.read(body, content_type, address, b"")).document or Document(())


@dataclass
class Beat:
    """``rows`` numbers, in the ledger, of the farm's feeds that are watched, in the order they were added."""

    desk: Desk
    farm: Farm
    settings: Settings
    reader: Here = field(default_factory=Here)
    rows: dict[int, int] = field(default_factory=dict)
    watch: Watch = field(init=False)

    def __post_init__(self) -> None:
        self.restart()

    def restart(self, outside: Outside | None = None) -> None:
        """Another machine, or the same after it was killed; perhaps with a clock of its own."""
        desk, parser = self.desk, cast(Parser, self.reader)
        out = outside or desk.outside
        self.watch = Watch(desk.store, out, parser, desk.edges.answer, desk.rung.extend, self.settings)

    async def add(self, *feeds: int, apart: bool = False, **changes: Any) -> None:
        """Watch these from now on, in this order; ``apart``: as if each were on a host of its own."""
        now = self.desk.clock.now()
        async with self.desk.store.write() as tx:
            for turn, each in enumerate(feeds):
                address = self.farm.addresses[each]
                due = now - timedelta(seconds=len(feeds) - turn)
                known = {"next_look_at": due, "newsroom_id": self.desk.newsroom} | changes
                row = Feed(
                    **{"address": address, "host": f"{each}.example" if apart else host(address), "lane": WARD} | known
                )
                tx.add(row)
                await tx.flush()
                self.rows[each] = row.id or 0

    async def patrol(self) -> Any:
        """Drain the ward once; returns when it next has work."""
        return await self.watch.drain(WARD)

    async def look(self, **later: float) -> None:
        """Let time pass, and look at what is due."""
        self.desk.clock.advance(**later)
        await self.patrol()

    async def row(self, feed: int) -> Feed:
        async with self.desk.store.read() as tx:
            return await tx.get_one(Feed, self.rows[feed])

    async def change(self, feed: int, **changes: Any) -> None:
        async with self.desk.store.write() as tx:
            row = await tx.get_one(Feed, self.rows[feed])
            row.sqlmodel_update(changes)
            tx.add(row)

    async def change_all(self, **changes: Any) -> None:
        for feed in self.rows:
            await self.change(feed, **changes)

    async def seen(self) -> list[str]:
        """The links of what was noticed as new."""
        async with self.desk.store.read() as tx:
            query = select(Article.link).where(Article.state == ArticleState.SEEN).order_by(Article.link)
            return list((await tx.exec(query)).all())

    async def on_strike(self, hours: float = 8) -> Window:
        """A window that opened a minute ago."""
        now = self.desk.clock.now()
        window = Window(now - timedelta(minutes=1), now + timedelta(hours=hours))
        await self.desk.strike(await self.desk.account(), windows=(window,))
        await self.desk.edges.turn()
        return window


class Statements:
    """The SQL that the store is told while the block lasts, without what begins and ends transactions."""

    def __init__(self, store: Store) -> None:
        self._engines = [engine.sync_engine for engine in (store._base.reader, store._base.writer)]
        self.told: list[str] = []

    def __enter__(self) -> "Statements":
        for engine in self._engines:
            event.listen(engine, "before_cursor_execute", self._hear)
        return self

    def __exit__(self, *_: object) -> None:
        for engine in self._engines:
            event.remove(engine, "before_cursor_execute", self._hear)

    def _hear(self, _connection: object, _cursor: object, statement: str, *_more: object) -> None:
        if not statement.startswith(("BEGIN", "PRAGMA")):
            self.told.append(statement)

    def verbs(self) -> dict[str, int]:
        """How many of each kind."""
        verbs = [statement.split()[0] for statement in self.told]
        return {verb: verbs.count(verb) for verb in sorted(set(verbs))}
