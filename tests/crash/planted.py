# SPDX-License-Identifier: AGPL-3.0-or-later
"""Points inside a relay at which it strikes itself, planted by wrapping its functions in a process of its own.

A plan is {"point": one of POINTS, "token": a word in the article's title, "address" and "handle": the account's,
"signal": what it strikes with, or "until": a file}, or {"tell": true} for a word at each claim;
"patience" for a busy SQLite, in seconds; "pulse": the two figures of the engine's. Whatever it says, waits are
shortened.
"""

import os
from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import partialmethod
from pathlib import Path
from typing import Any

from crash.hook import Hook
from sqlmodel.ext.asyncio.session import AsyncSession

from relay.clock import RealClock
from relay.deliveries import claim, retry, sweep, turns
from relay.engine import local, procrastinate
from relay.engine.procrastinate import Procrastinate, Pulse
from relay.feeds import intake, look, pace, patrol, schedule
from relay.networks.bluesky import Bluesky
from relay.networks.mastodon import Mastodon
from relay.store import sqlite

ADAPTERS = (Mastodon, Bluesky, Hook)
Args = tuple[Any, ...]
Meant = Callable[[Any, Args], bool]


def plant(plan: Mapping[str, Any]) -> None:
    """Have this process be impatient, and strike where the plan says."""
    retry.FIRST_WAIT = 0.1
    claim.LOOK_AGAIN = timedelta(seconds=0.3)
    local.RETRY = procrastinate.RETRY = timedelta(seconds=0.3)
    pace.SPACING = schedule.SPACING = patrol.BREATH = 0.05
    sweep.ROUNDS = tuple(timedelta(seconds=after) for after in (1, 2, 4))
    pulse = Pulse(*plan.get("pulse", (0.3, 0.9)))
    Procrastinate.__init__ = partialmethod(Procrastinate.__init__, pulse=pulse)  # type: ignore[method-assign]
    if "patience" in plan:
        sqlite._BUSY_S = plan["patience"]
    if "tell" in plan:
        tell_claims()
    if "point" in plan:
        POINTS[plan["point"]](Mine(plan))


def tell_claims() -> None:
    """Write a line to standard error whenever a notice has been claimed, before that is committed."""
    original = claim.Desk.take

    async def told(self: claim.Desk, *args: Any) -> list[claim.Claim]:
        claims = await original(self, *args)
        for each in claims:
            os.write(2, f"claimed {each.account.handle}: {each.post['text']}\n".encode())
        return claims

    claim.Desk.take = told  # type: ignore[method-assign]


class Mine:
    """What the plan means, and the ways to lay it."""

    def __init__(self, plan: Mapping[str, Any]) -> None:
        self.token, self._address, self._handle = plan["token"], plan["address"], plan["handle"]
        self._signal, self._struck = plan["signal"], False
        self._until = Path(plan["until"]) if "until" in plan else None

    async def strike(self) -> None:
        """Once: with no farewell and no flush, or by standing still at the point until the file ``until`` is gone."""
        if self._struck:
            return
        self._struck = True
        if self._until is None:
            os.kill(os.getpid(), self._signal)
            return
        self._until.touch()
        while self._until.exists():
            await RealClock().sleep(0.01)

    def claimed(self, claims: Any, args: Args = ()) -> bool:
        """One of these claims is for the article and the account."""
        return any(each.account.handle == self._handle and self.token in str(each.post) for each in claims)

    def settled(self, _: Any, args: Args) -> bool:
        """One of these outcomes is."""
        return self.claimed([outcome.claim for outcome in args[1]])

    def learnt(self, _: Any, args: Args) -> bool:
        """The article is in the document."""
        return self.listed(args[2], ())

    def read(self, reading: Any, args: Args) -> bool:
        """As above."""
        return reading.document is not None and self.listed(reading.document, ())

    def listed(self, document: Any, args: Args) -> bool:
        """As above."""
        return any(self.token in entry.title for entry in document.entries)

    def fetched(self, got: Any, args: Args) -> bool:
        """The article is in what came from the feed."""
        return self.token.encode() in got.body

    def spoken(self, _: Any, args: Args) -> bool:
        """The account's adapter was given the article's notice."""
        return self._address in args[0]._given.values() and self.token in args[1].text

    def lay(self, place: Any, name: str, meant: Meant, *, first: bool = False) -> None:
        """Strike before, or after, the coroutine ``name`` of ``place`` did what is meant."""
        original = getattr(place, name)

        async def wrapped(*args: Any, **more: Any) -> Any:
            if first and meant(None, args):
                await self.strike()
            result = await original(*args, **more)
            if not first and meant(result, args):
                await self.strike()
            return result

        setattr(place, name, wrapped)

    def lay_at_commit(self, place: Any, name: str, meant: Meant, *, first: bool) -> None:
        """Strike before, or after, the commit of the transaction in which the coroutine did what is meant."""
        original, commit = getattr(place, name), AsyncSession.commit
        marked: list[AsyncSession] = []

        async def wrapped(*args: Any, **more: Any) -> Any:
            result = await original(*args, **more)
            if meant(result, args):
                marked.append(args[0] if isinstance(args[0], AsyncSession) else args[0]._tx)
            return result

        async def committing(tx: AsyncSession) -> None:
            if first and tx in marked:
                await self.strike()
            await commit(tx)
            if not first and tx in marked:
                await self.strike()

        setattr(place, name, wrapped)
        AsyncSession.commit = committing  # type: ignore[method-assign]

    def lay_at_adapters(self, verb: str, *, first: bool) -> None:
        """Strike before, or after, the account's adapter did as asked."""
        for adapter in ADAPTERS:
            if hasattr(adapter, verb):
                self.lay(adapter, verb, self.spoken, first=first)


POINTS: Mapping[str, Callable[[Mine], None]] = {
    "poll fetched": lambda mine: mine.lay(look, "fetch", mine.fetched),
    "poll parsed": lambda mine: mine.lay(look.Parser, "read", mine.read),
    "before the article's commit": lambda mine: mine.lay_at_commit(intake, "learn", mine.learnt, first=True),
    "after the article's commit": lambda mine: mine.lay_at_commit(intake, "learn", mine.learnt, first=False),
    "before the claim's commit": lambda mine: mine.lay_at_commit(claim.Desk, "take", mine.claimed, first=True),
    "after the claim's commit": lambda mine: mine.lay_at_commit(claim.Desk, "take", mine.claimed, first=False),
    "before connecting": lambda mine: mine.lay_at_adapters("publish", first=True),
    "answer understood": lambda mine: mine.lay_at_adapters("publish", first=False),
    "before the outcome's commit": lambda mine: mine.lay_at_commit(turns, "apply", mine.settled, first=True),
    "after the outcome's commit": lambda mine: mine.lay_at_commit(turns, "apply", mine.settled, first=False),
    "before the read-back": lambda mine: mine.lay_at_adapters("find", first=True),
    "after the read-back": lambda mine: mine.lay_at_adapters("find", first=False),
}
LOOKS = ("before the read-back", "after the read-back")
ARTICLES = tuple(POINTS)[:4]
