# SPDX-License-Identifier: AGPL-3.0-or-later
"""What every measurement needs: look-alikes in another process, a house of our own, articles ready to be answered."""

import json
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from relay.house import House, open_house
from relay.settings import Settings
from relay.store.account import Account
from relay.store.article import Article
from relay.store.columns import saved
from relay.store.feed import Feed
from relay.store.newsroom import Newsroom
from relay.strikes.plan import Draft, arm, plan
from relay.terms import ArticleState, NoticeKind, Window

WORDING = "Community managers en grève : « {titre} » {lien}"


@dataclass
class Square:
    """The other process: ``instances`` as (server, tokens)."""

    process: subprocess.Popen[str]
    instances: list[tuple[str, list[str]]]

    def received(self) -> int:
        """How many posts have arrived in all."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write("?\n")
        self.process.stdin.flush()
        return sum(json.loads(self.process.stdout.readline()))


@contextmanager
def square(hosts: int, accounts: int) -> Iterator[Square]:
    """Look-alike instances, each with as many accounts."""
    script = str(Path(__file__).with_name("square_process.py"))
    with subprocess.Popen(
        [sys.executable, script, str(hosts), str(accounts)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        told = json.loads(process.stdout.readline())
        yield Square(process, [(each["server"], each["tokens"]) for each in told])
        assert process.stdin
        process.stdin.close()


def settings(home: Path) -> Settings:
    """An instance of its own that may talk to loopback."""
    return Settings(
        home=home,
        database=f"sqlite:///{home / 'piquet.db'}",
        key_file=str(home / "piquet.db.key"),
        allow_networks=("127.0.0.0/8",),
    )


@asynccontextmanager
async def house() -> AsyncIterator[House]:
    """A house on an empty disk."""
    with TemporaryDirectory(prefix="piquet-bench-") as folder:
        async with open_house(settings(Path(folder))) as made:
            yield made


async def newsroom(made: House, slug: str = "bench") -> int:
    """A newsroom to measure with, and a feed that nobody watches."""
    now = made.outside.clock.now()
    async with made.store.write() as tx:
        room = Newsroom(slug=slug, name="Le Quotidien", zone="Europe/Paris", made_at=now)
        tx.add(room)
        await tx.flush()
        tx.add(Feed(newsroom_id=saved(room.id), address="https://journal.example/feed", lane="feed/journal.example",
                    next_look_at=now + timedelta(days=1)))  # fmt: skip
    return saved(room.id)


async def connect(made: House, room: int, network: str, given: dict[str, str]) -> Account:
    """Connect an account as the command line does."""
    who, latest = await made.seats.verify(network, given)
    async with made.store.write() as tx:
        return await made.seats.save(room, tx, network, latest, who, made.outside.clock.now())


async def strike(made: House, room: int, accounts: list[Account]) -> None:
    """A strike that is on now."""
    now = made.outside.clock.now()
    window = Window(now - timedelta(minutes=1), now + timedelta(hours=8))
    draft = Draft(
        "Grève", (window,), tuple(saved(each.id) for each in accounts), {NoticeKind.ARTICLE: [("fr", WORDING)],
        NoticeKind.START: [("fr", "La grève commence.")], NoticeKind.END: [("fr", "Fin.")]}, picture="none",
    )  # fmt: skip
    async with made.store.write() as tx:
        row = await plan(room, tx, draft, now)
        await arm(room, tx, saved(row.id), now)
    await made.edges.turn()


async def publish(made: House, room: int, numbers: range) -> None:
    """Articles come in, in one transaction, with the deliveries they cause."""
    now = made.outside.clock.now()
    async with made.store.write() as tx:
        rows = [
            Article(
                newsroom_id=room,
                feed_id=1,
                link=f"https://journal.example/2026/12/17/article-{number}",
                title=f"Un titre d’article de longueur moyenne, numéro {number}",
                seen_at=now,
                state=ArticleState.SEEN,
            )
            for number in numbers
        ]
        tx.add_all(rows)
        await tx.flush()
        await made.edges.answer(tx, room, rows, now, now)
