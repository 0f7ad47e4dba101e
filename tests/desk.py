# SPDX-License-Identifier: AGPL-3.0-or-later
"""A newsroom ready to strike on a fake network, as tests of every room above the ledger need it."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from relay.clock import ManualClock
from relay.deliveries.courier import Courier
from relay.deliveries.edges import Edges
from relay.deliveries.seats import Seats
from relay.networks.port import Identity
from relay.outside import Outside
from relay.store import ledger
from relay.store.account import Account
from relay.store.article import Article
from relay.store.columns import saved
from relay.store.database import Store
from relay.store.keyring import Keyring
from relay.store.ledger import Delivery
from relay.store.strike import Strike
from relay.strikes.plan import Draft, arm, plan
from relay.terms import Action, ArticleState, DeliveryState, NoticeKind, Window
from relay.testing.fake import FakePlatform

EIGHT = datetime(2026, 12, 17, 7, 0, tzinfo=UTC)  # 08:00 in Paris, an hour before the window
NINE, NINETEEN = EIGHT + timedelta(hours=1), EIGHT + timedelta(hours=11)
LOOPBACK = ("127.0.0.0/8", "::1/128")
KEYRING = Keyring(b"k" * 32, Path("nowhere"))
LANE = "net/fake/fake.example"
WORDINGS = {
    NoticeKind.ARTICLE: [("fr", "Community managers en grève : « {titre} » {lien}")],
    NoticeKind.START: [("fr", "La grève commence. Jour {jour}.")],
    NoticeKind.END: [("fr", "La grève s’arrête pour aujourd’hui.")],
}


@dataclass
class Desk:
    """One newsroom with one feed, ready to strike on a fake network; ``rung`` remembers the lanes that were rung."""

    store: Store
    outside: Outside
    platform: FakePlatform
    seats: Seats
    courier: Courier
    edges: Edges
    newsroom: int
    feed: int
    rung: list[str]

    @property
    def clock(self) -> ManualClock:
        assert isinstance(self.outside.clock, ManualClock)
        return self.outside.clock

    async def account(self, handle: str = "desk") -> Account:
        given = {"handle": handle, "token": f"secret-of-{handle}"}
        who = Identity(handle, f"@{handle}", f"https://fake.example/@{handle}")
        async with self.store.write() as tx:
            return await self.seats.save(self.newsroom, tx, "fake", given, who, self.clock.now())

    async def strike(self, *accounts: Account, **changes: object) -> Strike:
        draft = Draft(
            name="Grève des retraites",
            windows=(Window(NINE, NINETEEN),),
            accounts=tuple(saved(account.id) for account in accounts),
            wordings=WORDINGS,
            picture="none",
        )
        async with self.store.write() as tx:
            row = await plan(self.newsroom, tx, replace(draft, **changes), self.clock.now())  # type: ignore[arg-type]
            return await arm(self.newsroom, tx, saved(row.id), self.clock.now())

    async def see(self, *titles: str, looked_at: datetime | None = None, published: datetime | None = None) -> None:
        """Articles come in, as a look at the feed stores them."""
        now = self.clock.now()
        async with self.store.write() as tx:
            rows = [
                Article(
                    newsroom_id=self.newsroom,
                    feed_id=self.feed,
                    link=f"https://journal.example/{title.replace(' ', '-')}",
                    title=title,
                    published=published or now,
                    seen_at=now,
                    state=ArticleState.SEEN,
                )
                for title in titles
            ]
            tx.add_all(rows)
            await tx.flush()
            self.rung += await self.edges.answer(tx, self.newsroom, rows, looked_at or now, now)

    async def work(self) -> datetime | None:
        """Bring the strike to where it stands and drain the fake network's lane once."""
        await self.edges.turn()
        return await self.courier.drain(LANE)

    async def deliveries(self) -> list[Delivery]:
        async with self.store.read() as tx:
            return [row for row, _, _ in await ledger.of_strike(self.newsroom, tx, 1)]


FIRST = "Community managers en grève : « Un » https://journal.example/Un"


async def open_with_one_article(desk: Desk, *handles: str) -> None:
    """The window is open, the start notice said, and one article waits."""
    await desk.strike(*[await desk.account(handle) for handle in handles or ("desk",)])
    desk.clock.move_to(NINE)
    await desk.work()
    await desk.see("Un")


def texts(desk: Desk, account: str = "desk") -> list[str]:
    return [said.post.text for said in desk.platform.posts(account)]


async def state_of_article(desk: Desk) -> DeliveryState:
    return [row.state for row in await desk.deliveries() if row.action == Action.PUBLISH][-1]
