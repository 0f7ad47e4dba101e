# SPDX-License-Identifier: AGPL-3.0-or-later
"""A newsroom on strike before a press and one server of each class A–D, and what stands there in the end."""

import asyncio
import re
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from crash.gate import Gate
from crash.hook import Hook, HookServer
from crash.relay_process import KEY, Nursery, Relay
from sqlmodel import col, select

from relay.clock import RealClock
from relay.deliveries.seats import Seats
from relay.networks.bluesky import Bluesky
from relay.networks.mastodon import Mastodon
from relay.networks.port import Identity
from relay.outside import Outside
from relay.outside.guard import Guard
from relay.outside.http import Door
from relay.square.mastodon import LookalikeMastodon
from relay.square.mastodon_state import GOTOSOCIAL
from relay.square.pds import Pds
from relay.square.press import Press
from relay.square.stall import Stall
from relay.store.article import Article
from relay.store.columns import saved
from relay.store.database import Store
from relay.store.feed import Feed
from relay.store.keyring import Keyring
from relay.store.lanes import of_feed
from relay.store.ledger import Delivery, Notice
from relay.store.newsroom import Newsroom
from relay.store.opening import open_store
from relay.store.strike import Slot, Strike
from relay.strikes.plan import Draft, arm, plan
from relay.terms import SETTLED, Action, DeliveryState, NoticeKind, StrikeState, Window

NETWORKS = {"mastodon": Mastodon, "bluesky": Bluesky, "hook": Hook}
WORDING = {NoticeKind.ARTICLE: [("fr", "En grève : « {titre} » {lien}")]}
SAYS = r"/(statuses|com.atproto.repo.putRecord|say)$"  # the path of the POST that makes a notice, on each class
CLOCK = RealClock()


@dataclass
class Town:
    """``servers`` and ``gates`` by class, ``tokens`` of the articles published so far."""

    home: Path
    database: str
    nursery: Nursery
    store: Store
    press: Press
    servers: Mapping[str, Any]
    gates: Mapping[str, Gate]
    newsroom: int = 0
    strike: int = 0
    tokens: list[str] = field(default_factory=list)
    relays: list[Relay] = field(default_factory=list)

    def publish(self) -> str:
        """An article; the word in its title by which it is told from all others."""
        token = f"piece{len(self.tokens) + 1:03}x"
        self.tokens.append(token)
        self.press.publish(f"Titre {token}")
        return token

    def relay(self, **plan: object) -> Relay:
        """A relay at work, left in peace unless there is a ``plan`` (``crash.planted``)."""
        self.relays.append(self.nursery.bear(self.home, self.database, plan))
        return self.relays[-1]

    def struck(self, point: str, kind: str, token: str, signal: int = 9, **more: object) -> Relay:
        """A relay that is struck at a point inside it, while it works on one account's notice."""
        address = self.gates[kind].address
        return self.relay(point=point, token=token, address=address, handle=kind, signal=signal, **more)

    def spoken(self) -> list[float]:
        """When each request that speaks began, on the loop's clock."""
        return [at for gate in self.gates.values() for at, path in gate.begun if re.search(SAYS, path)]

    async def begun(self, count: int) -> None:
        """Returns once so many requests that speak have begun."""
        while len(self.spoken()) < count:
            await CLOCK.sleep(0.02)

    async def stopped(self) -> float:
        """Stop the strike from another process; the loop's time when that was first seen in the ledger."""
        command = self.nursery.bear(self.home, self.database, {}, "strike", "stop")
        while True:
            async with self.store.read() as tx:
                if (await tx.exec(select(Strike.state))).one() == StrikeState.STOPPED:
                    break
            await CLOCK.sleep(0.01)
        moment = asyncio.get_running_loop().time()
        assert 0 == await command.ended()
        return moment

    def standing(self, token: str) -> dict[str, int]:
        """How many notices of an article stand on each server."""
        return {kind: sum(token in text for text in self.texts(kind)) for kind in self.servers}

    def texts(self, kind: str) -> Sequence[str]:
        """All that stands on a server."""
        server = self.servers[kind]
        return server.said if isinstance(server, HookServer) else [post.text for post in server.public()]

    async def states(self) -> dict[str, dict[str, list[str]]]:
        """From the ledger: token → class → the states of its notices there."""
        async with self.store.read() as tx:
            query = (
                select(Delivery.account_id, Delivery.state, Article.title)
                .join(Notice, col(Delivery.notice_id) == col(Notice.id))
                .join(Article, col(Notice.article_id) == col(Article.id))
            )
            rows = (await tx.exec(query.where(Delivery.action == Action.PUBLISH))).all()
        found: dict[str, dict[str, list[str]]] = {token: {kind: [] for kind in self.servers} for token in self.tokens}
        kinds = dict(enumerate(self.servers, 1))
        for account, state, title in rows:
            found[title.split()[-1]][kinds[account]].append(state)
        return found

    async def settled(self, seconds: float = 40.0) -> dict[str, dict[str, list[str]]]:
        """The states, once every article has come to its end on every account. Raises TimeoutError."""
        async with asyncio.timeout(seconds):
            while True:
                states = await self.states()
                rows = [ended for each in states.values() for ended in each.values()]
                if all(ended and SETTLED.issuperset(ended) for ended in rows):
                    return states
                await CLOCK.sleep(0.1)


@asynccontextmanager
async def open_town(nursery: Nursery, home: Path, database: str, *kinds: str) -> AsyncIterator[Town]:
    """A town where the strike has just begun, its start notice said long ago."""
    made = {
        "A": LookalikeMastodon(CLOCK, metered=False),
        "B": LookalikeMastodon(CLOCK, dialect=GOTOSOCIAL, metered=False),
        "C": Pds(CLOCK, rate_limits=False),
        "D": HookServer(CLOCK),
    }
    servers: dict[str, Stall] = {kind: made[kind] for kind in kinds or made}
    async with AsyncExitStack() as stack:
        press = Press(CLOCK)
        for stall in (press, *servers.values()):
            await stall.start()
            stack.push_async_callback(stall.stop)
        gates = {kind: Gate(int(stall.address.rpartition(":")[2])) for kind, stall in servers.items()}
        for gate in gates.values():
            await gate.start()
            stack.push_async_callback(gate.stop)
        store = await open_store(database)
        stack.push_async_callback(store.aclose)
        town = Town(home, database, nursery, store, press, servers, gates)
        await _settle_in(town)
        try:
            yield town
        finally:
            for relay in town.relays:
                await relay.bury()


async def _settle_in(town: Town) -> None:
    now = CLOCK.now()
    async with town.store.write() as tx:
        room = Newsroom(slug="quotidien", name="Le Quotidien", zone="Europe/Paris", language="fr", made_at=now)
        tx.add(room)
        await tx.flush()
        town.newsroom = saved(room.id)
        feed = Feed(newsroom_id=town.newsroom, address=town.press.feed, lane=of_feed(town.press.feed), next_look_at=now)
        feed.baseline_at = feed.looked_at = now
        tx.add(feed)
        accounts = [await _account(town, tx, kind) for kind in town.servers]
        draft = Draft(
            "Grève", (Window(now - timedelta(minutes=1), now + timedelta(hours=2)),), tuple(accounts), WORDING
        )
        town.strike = saved((await plan(town.newsroom, tx, draft, now)).id)
        await arm(town.newsroom, tx, town.strike, now)
        (await tx.exec(select(Slot))).one().opened = True


async def _account(town: Town, tx: Any, kind: str) -> int:
    address, server = town.gates[kind].address, town.servers[kind]
    network, given = "mastodon", {"server": address, "token": f"token-of-{kind}"}
    if isinstance(server, LookalikeMastodon):
        server.create_account(kind.lower(), token=given["token"], bot=True)
    elif isinstance(server, Pds):
        network, given = "bluesky", {**server.join("c.test"), "service": address}
    else:
        network, given = "hook", {"address": address}
    guard = Guard(("127.0.0.0/8",))
    seats = Seats(town.store, Outside(CLOCK, Door(guard, "Piquet"), guard), NETWORKS, Keyring(KEY, Path("nowhere")))
    who = Identity(f"{address}/{kind}", kind, f"{address}/@{kind}")
    return saved((await seats.save(town.newsroom, tx, network, given, who, CLOCK.now())).id)


def unkept(states: Mapping[str, Mapping[str, Sequence[str]]], town: Town) -> list[str]:
    """Whatever breaks the contract, in words: one row an article and account, one notice where it says sent (any
    number but one is wrong), at most one where a person must look, and on class D alone may that be.
    """
    wrong = []
    for token, by_kind in states.items():
        standing = town.standing(token)
        for kind, ended in by_kind.items():
            asked = kind == "D" and ended == [DeliveryState.NEEDS_HUMAN] and standing[kind] <= 1
            if not asked and (ended, standing[kind]) != ([DeliveryState.SENT], 1):
                wrong.append(f"{token} on {kind}: {standing[kind]} stand, the ledger says {ended}")
    return wrong + [f"{kind} holds {len(town.texts(kind))} posts" for kind in town.servers if _extra(town, kind)]


def unkept_after_stop(states: Mapping[str, Mapping[str, Sequence[str]]], town: Town) -> list[str]:
    """The same for a strike that was stopped: withdrawn, and nothing of it stands, is right as well."""
    right = {(DeliveryState.SENT, 1), (DeliveryState.WITHDRAWN, 0)}
    wrong = []
    for token, by_kind in states.items():
        standing = town.standing(token)
        for kind, ended in by_kind.items():
            asked = kind == "D" and ended == [DeliveryState.NEEDS_HUMAN] and standing[kind] <= 1
            if not asked and not (len(ended) == 1 and (ended[0], standing[kind]) in right):
                wrong.append(f"{token} on {kind}: {standing[kind]} stand, the ledger says {ended}")
    return wrong


def _extra(town: Town, kind: str) -> bool:
    """Posts that belong to no article."""
    known = Counter(token in text for text in town.texts(kind) for token in town.tokens)
    return len(town.texts(kind)) > known[True]
