# SPDX-License-Identifier: AGPL-3.0-or-later
"""Simulated networks of the four classes of facts: what a server keeps, and the adapter that speaks to it.

A: keeps keys for an hour and reads back (Mastodon). B: reads back (GoToSocial). C: content-addressed (Bluesky).
D: neither (a webhook).
"""

import asyncio
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar

from simulation.fates import REFUSED, Weather, fault
from simulation.loop import LIFE, SeededLoop

from relay.networks.port import Capabilities, Card, Found, Identity, Keep, Limits, Pace, Post, Receipt, Still
from relay.outside import Outside
from relay.testing.fake import FIELDS

T = TypeVar("T")
CLASSES = "ABCD"
KEY_LIFE = {"A": 3600.0, "B": 0.0, "C": math.inf, "D": 0.0}  # s


@dataclass
class Said:
    """One post on a server. ``at`` and ``gone`` are true times."""

    account: str
    key: str
    post: Post
    receipt: Receipt
    at: datetime
    gone: datetime | None = None


@dataclass(frozen=True)
class Begun:
    """A request that left the relay: by which life, on which host, what, when (true time, and the relay's clock)."""

    life: str
    host: str
    what: str
    account: str
    subject: str
    at: datetime
    clock: datetime


@dataclass
class Host:
    """One server of class ``kind``. ``true`` is the true time, ``begun`` a record that all hosts share."""

    kind: str
    loop: SeededLoop
    true: Callable[[], datetime]
    weather: Weather
    begun: list[Begun]
    said: list[Said] = field(default_factory=list)

    @property
    def name(self) -> str:
        return f"{self.kind.lower()}.example"

    def standing(self, account: str) -> list[Said]:
        """What can be seen on the account's page, oldest first."""
        return [each for each in self.said if each.account == account and each.gone is None]

    def publish(self, account: str, post: Post, key: str) -> Receipt:
        """Carry out, whatever the client hears of it."""
        life, now = timedelta(seconds=min(KEY_LIFE[self.kind], 1e8)), self.true()
        for each in self.said:
            if each.account == account and each.key == key and now - each.at < life:
                each.gone = None if self.kind == "C" else each.gone  # a record written again is there again
                return each.receipt
        number = f"{now:%d%H%M%S}{len(self.said):03}"
        receipt = Receipt(number, f"https://{self.name}/@{account}/{number}")
        self.said.append(Said(account, key, post, receipt, now))
        self.loop.note(f"{self.kind} says {key[:8]}")
        return receipt

    def withdraw(self, account: str, receipt: Receipt) -> None:
        """Take down; what is not there any more stays so."""
        for each in self.standing(account):
            if each.receipt.id == receipt.id:
                each.gone = self.true()
                self.loop.note(f"{self.kind} takes down {receipt.id}")

    def find(self, account: str, post: Post, key: str) -> Sequence[Receipt]:
        """Own posts that say the same; a content-addressed record by its key."""
        same = [each for each in self.standing(account) if (each.key == key if self.kind == "C" else each.post == post)]
        return [each.receipt for each in same]

    def recent(self, account: str, since: datetime) -> Sequence[Found]:
        """Own posts since then."""
        return [_found(each) for each in self.standing(account) if each.at >= since]

    def network(self) -> type["Adapter"]:
        """The class of adapters for this server, with what its card declares."""
        reads, deletes = self.kind != "D", self.kind != "D"
        can = Capabilities(
            limits=Limits(text=500),
            deletes=deletes,
            reads_back=reads,
            repeats_safely=self.kind == "C",
            withdrawals=Pace(30, 1800) if self.kind == "A" else None,
        )
        card = Card(self.kind.lower(), f"Class {self.kind}", "https://example.org/", can, FIELDS)
        bases = (Reading, Adapter) if reads else (Adapter,)
        return type(f"Adapter{self.kind}", bases, {"card": card, "host": self})


def _found(said: Said) -> Found:
    links = tuple(word for word in said.post.text.split() if word.startswith("https://"))
    return Found(said.receipt, said.at, said.post.text, links)


class Adapter:
    """``relay.networks.port.Network`` on a simulated server."""

    card: Card
    host: Host

    def __init__(self, given: Mapping[str, str], outside: Outside, keep: Keep) -> None:
        self._handle, self._clock = given["handle"], outside.clock

    async def verify(self) -> Identity:
        name = self.host.name
        return Identity(f"{self._handle}@{name}", f"@{self._handle}", f"https://{name}/@{self._handle}")

    async def publish(self, post: Post, key: str, still: Still) -> Receipt:
        await asyncio.sleep(0.02)  # connecting
        await still()
        return await self._ask("publish", post.text, lambda: self.host.publish(self._handle, post, key))

    async def aclose(self) -> None:
        """Nothing is open."""

    async def _ask(self, what: str, subject: str, act: Callable[[], T], *, changes: bool = True) -> T:
        """One request: it begins here; what the server makes of it happens there, whether we live or not."""
        host, life = self.host, LIFE.get()
        assert life is not None
        now, fate = self._clock.now(), host.weather.take(host.true())
        host.begun.append(Begun(life.name, host.name, what, self._handle, subject, host.true(), now))
        host.loop.note(f"{life.name} {host.kind} {what} {fate.word}")
        answer: asyncio.Future[Any] = host.loop.create_future()
        if fate.word != REFUSED and fate.applied is not None:
            _elsewhere(host.loop, fate.applied, act, answer)
        if fate.answered is None:
            await host.loop.create_future()  # hangs until the deadline
        await asyncio.sleep(fate.answered or 0)
        if fate.word:
            raise fault(fate, self._clock.now(), changes=changes)
        return await answer


class Reading(Adapter):
    """``Finds`` and ``Withdraws``."""

    async def find(self, post: Post, key: str) -> Sequence[Receipt]:
        return await self._ask("find", post.text, lambda: self.host.find(self._handle, post, key), changes=False)

    async def recent(self, since: datetime) -> Sequence[Found]:
        return await self._ask("recent", "", lambda: self.host.recent(self._handle, since), changes=False)

    async def withdraw(self, receipt: Receipt) -> None:
        await self._ask("withdraw", receipt.id, lambda: self.host.withdraw(self._handle, receipt))


def _elsewhere(loop: SeededLoop, delay: float, act: Callable[[], Any], answer: asyncio.Future[Any]) -> None:
    """Have the server act: no process of ours, so that it goes on when ours is killed."""

    def carry_out() -> None:
        result = act()
        if not answer.done():
            answer.set_result(result)

    token = LIFE.set(None)
    loop.call_later(delay, carry_out)
    LIFE.reset(token)
