# SPDX-License-Identifier: AGPL-3.0-or-later
"""Keep the subscriptions that strikes need, and no others; in a lane of its own, so that no hub slows a look down.

A subscription begins a quarter of an hour before the window and ends with the strike. What a hub learns of it is that
somebody at the public address wants this feed pushed: no strike is named, and nothing else of ours is sent.
"""

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlmodel.ext.asyncio.session import AsyncSession

from relay import log
from relay.faults import Unusable
from relay.feeds.websub import lease
from relay.feeds.websub.asking import Outcome, Request, ask
from relay.feeds.websub.lease import Need
from relay.feeds.websub.steps import Steps, Wanted, settle
from relay.outside import Outside
from relay.store import hubs, looks, pushes
from relay.store.database import Store
from relay.store.feed import Feed
from relay.store.keyring import Keyring
from relay.terms import SubscriptionState as State

EVERY = 15.0  # seconds between two looks at what is to be asked
AT_ONCE = 16  # requests
ASKING = 10.0  # seconds that one may take


class Subscriber:
    """Drains the lane of hubs. ``address``: where hubs reach us; "": we are not reached, and ask nobody."""

    def __init__(self, store: Store, outside: Outside, keyring: Keyring, address: str) -> None:
        self._store, self._outside, self._keyring = store, outside, keyring
        self._address = address.rstrip("/")
        self._looked: float | None = None

    @property
    def due(self) -> datetime | None:
        """When the next look is, None for never."""
        clock = self._outside.clock
        rest = 0.0 if self._looked is None else self._looked + EVERY - clock.steady()
        return clock.now() + timedelta(seconds=max(0.0, rest)) if self._address else None

    async def drain(self) -> datetime | None:
        """Ask what is to be asked now; returns when the next look is."""
        more = bool(self._address)
        while more:
            requests = await self._decide()
            answers = await asyncio.gather(*(ask(self._outside, each, ASKING) for each in requests.values()))
            for (path, request), outcome in zip(requests.items(), answers, strict=True):
                await self._settle(path, request, outcome)
            more = len(answers) == AT_ONCE
        self._looked = self._outside.clock.steady()
        return self.due

    async def _decide(self) -> dict[str, Request]:
        """What is asked now, by path; written down before it is, since a hub may verify before it answers."""
        async with self._store.read() as tx:
            if not await self._wanted(tx):
                return {}
        try:
            steps = Steps(self._outside, self._keyring.opening(), self._address)
        except Unusable as fault:  # no strike speaks without the key either
            log.warning("hub.unasked", reason=str(fault))
            return {}
        requests: dict[str, Request] = {}
        async with self._store.write() as tx:
            for wanted in await self._wanted(tx):
                if wanted.row is not None:
                    await pushes.hold(tx, wanted.row.path)  # the hub may be verifying just now
                row = steps.take(wanted)
                if row is not None:
                    tx.add(row)
                if row is not None and row.state != State.OVER:
                    requests[row.path] = steps.request(row)
        return requests

    async def _wanted(self, tx: AsyncSession) -> list[Wanted]:
        now, windows = self._outside.clock.now(), await looks.windows(tx)
        needs = {newsroom: lease.need(ahead, now) for newsroom, ahead in windows.items()}
        begin = [newsroom for newsroom, need in needs.items() if need == Need.NOW]
        keep = [newsroom for newsroom, need in needs.items() if need != Need.NONE]
        rows = await hubs.pending(tx, begin, keep, self._address, now, AT_ONCE)
        return [Wanted(feed, row, topic, _need(feed, needs)) for feed, row, topic in rows]

    async def _settle(self, path: str, request: Request, outcome: Outcome) -> None:
        async with self._store.write() as tx:
            found = await pushes.hold(tx, path)
            if found is not None:
                row = found[0]
                settle(row, outcome, self._outside.clock.now())
                tx.add(row)
                log.info("hub.asked", feed=row.feed_id, action=request.mode, state=outcome)


def _need(feed: Feed, needs: Mapping[int, Need]) -> Need:
    """How much a strike needs this feed; one that is not watched, or names no hub any more, not at all."""
    watched = feed.hub and feed.removed_at is None and feed.off_at is None
    return needs.get(feed.newsroom_id, Need.NONE) if watched else Need.NONE
