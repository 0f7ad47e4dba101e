# SPDX-License-Identifier: AGPL-3.0-or-later
"""Several machines on one PostgreSQL: ``piquet worker`` as processes, look-alike instances they post to, a strike."""

import asyncio
import base64
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import psutil
import psycopg
from desk import LOOPBACK, WORDINGS
from sqlmodel import col, func, select

from relay.clock import RealClock
from relay.engine.tables import SCHEMA
from relay.house import House
from relay.settings import Settings
from relay.square.mastodon import LookalikeMastodon
from relay.square.mastodon_state import GOTOSOCIAL, MASTODON, Status
from relay.store.account import Account
from relay.store.article import Article
from relay.store.columns import saved
from relay.store.feed import Feed
from relay.store.ledger import Delivery
from relay.store.newsroom import Newsroom
from relay.strikes.plan import Draft, arm, plan
from relay.terms import Action, ArticleState, DeliveryState, Window

COMMAND = (sys.executable, "-c", "import sys; sys.argv[0] = 'piquet'; from relay.cli import main; main()")
KEY = b"k" * 32
SETTLE = 2.0  # seconds


def settings(home: Path, database: str) -> Settings:
    return Settings(home=home, database=database, key=KEY, allow_networks=LOOPBACK, settle=SETTLE)


def environment(home: Path, database: str) -> dict[str, str]:
    """The same settings as a process of its own is told them."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PIQUET_")}
    told = {
        "PIQUET_HOME": str(home),
        "PIQUET_DATABASE": database,
        "PIQUET_KEY": base64.b64encode(KEY).decode(),
        "PIQUET_ALLOW_NETWORKS": ",".join(LOOPBACK),
        "PIQUET_SETTLE": str(SETTLE),
        "PIQUET_LANGUAGE": "en",
    }
    return kept | told


@dataclass(frozen=True)
class Machine:
    """One worker process, and what may befall it."""

    process: "subprocess.Popen[bytes]"

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def freeze(self) -> None:
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    async def stop(self) -> int:
        """As an operator stops it; returns the exit code."""
        self.process.terminate()
        return await asyncio.to_thread(self.process.wait, 15)

    def ports(self) -> set[int]:
        """Where it has connections to."""
        return {each.raddr.port for each in psutil.Process(self.process.pid).net_connections("tcp") if each.raddr}


@contextmanager
def machine(home: Path, database: str) -> Iterator[Machine]:
    """A ``piquet worker`` that is gone when the block ends; what it said is in ``home``."""
    home.mkdir(parents=True, exist_ok=True)
    with (home / "said").open("wb") as said:
        made = subprocess.Popen([*COMMAND, "worker"], env=environment(home, database), stdout=said, stderr=said)
    try:
        yield Machine(made)
    finally:
        made.kill()
        made.wait()


@dataclass
class Servers:
    """Instances that take ``delay`` seconds over each post, one account each; half of them honour no key."""

    count: int
    delay: float
    instances: list[LookalikeMastodon] = field(default_factory=list)

    async def start(self) -> None:
        for number in range(self.count):
            dialect = GOTOSOCIAL if number % 2 else MASTODON
            made = LookalikeMastodon(RealClock(), dialect=dialect, metered=False)
            made.create_account("desk", token="t")
            made.plan.add(path=r"/statuses$", delay=self.delay, times=1_000_000)
            await made.start()
            self.instances.append(made)

    async def stop(self) -> None:
        for each in self.instances:
            await each.stop()

    def answers(self) -> Counter[tuple[int, str]]:
        """How often each article was answered on each instance."""
        texts = [(port, each.text) for port, posts in self._posts().items() for each in posts.values()]
        return Counter(said for said in texts if "journal.example" in said[1])

    def counts(self, ports: set[int]) -> dict[int, int]:
        """How many posts these instances have, by port."""
        return {port: len(posts) for port, posts in self._posts().items() if port in ports}

    def with_word(self, word: str) -> set[int]:
        """The ports of the instances where a post says this."""
        return {port for port, posts in self._posts().items() if any(word in each.text for each in posts.values())}

    @property
    def ports(self) -> set[int]:
        return set(self._posts())

    def _posts(self) -> dict[int, dict[str, Status]]:
        return {port_of(each): each.instance.statuses for each in self.instances}


def port_of(instance: LookalikeMastodon) -> int:
    return int(instance.address.rpartition(":")[2])


def at_work(database: str) -> int:
    """How many machines have said that they are there."""
    with psycopg.connect(database) as connection:
        row = connection.execute(f"SELECT count(*) FROM {SCHEMA}.procrastinate_workers").fetchone()
        return int(row[0]) if row else 0


async def prepare(house: House, servers: Servers) -> int:
    """A newsroom on strike, with an account on each instance and a feed that nobody watches; returns the newsroom."""
    now = house.outside.clock.now()
    async with house.store.write() as tx:
        room = Newsroom(slug="quotidien", name="Le Quotidien", zone="Europe/Paris", language="fr", made_at=now)
        tx.add(room)
        await tx.flush()
        far = now + timedelta(days=1)
        tx.add(Feed(newsroom_id=saved(room.id), address="https://journal.example/f", lane="feed/x", next_look_at=far))
    accounts = [await _connect(house, saved(room.id), each.address) for each in servers.instances]
    window = Window(now - timedelta(minutes=1), now + timedelta(hours=8))
    draft = Draft("Paie", (window,), tuple(saved(each.id) for each in accounts), WORDINGS, picture="none")
    async with house.store.write() as tx:
        row = await plan(saved(room.id), tx, draft, now)
        await arm(saved(room.id), tx, saved(row.id), now)
    await house.edges.turn()
    return saved(room.id)


async def _connect(house: House, newsroom: int, server: str) -> Account:
    who, latest = await house.seats.verify("mastodon", {"server": server, "token": "t"})
    async with house.store.write() as tx:
        return await house.seats.save(newsroom, tx, "mastodon", latest, who, house.outside.clock.now())


async def publish(house: House, newsroom: int, titles: list[str]) -> None:
    """Articles come in with the deliveries they cause, and the lanes are rung."""
    now = house.outside.clock.now()
    async with house.store.write() as tx:
        rows = [
            Article(
                newsroom_id=newsroom,
                feed_id=1,
                link=f"https://journal.example/{title.replace(' ', '-')}",
                title=title,
                seen_at=now,
                state=ArticleState.SEEN,
            )
            for title in titles
        ]
        tx.add_all(rows)
        await tx.flush()
        lanes = await house.edges.answer(tx, newsroom, rows, now, now)
    house.engine.ring_all(lanes)


async def standing(house: House) -> dict[str, int]:
    """How many notices are in which state."""
    query = select(Delivery.state, func.count()).where(col(Delivery.action) == Action.PUBLISH).group_by(Delivery.state)
    async with house.store.read() as tx:
        return {DeliveryState(state).value: count for state, count in (await tx.exec(query)).all()}


async def wait_for(done: Callable[[], bool], seconds: float) -> float:
    """Wait until ``done``; returns after how many seconds. Raises TimeoutError."""
    began = asyncio.get_running_loop().time()
    async with asyncio.timeout(seconds):
        while not done():  # noqa: ASYNC110 - other processes set no event of ours
            await asyncio.sleep(0.05)
    return asyncio.get_running_loop().time() - began
