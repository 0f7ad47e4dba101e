# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a hub may do at our door: make sure that we asked, say no, deliver. Everything else finds nobody here.

https://www.w3.org/TR/websub/#hub-verifies-intent and #content-distribution
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from relay.faults import Unusable
from relay.feeds.websub import hint, lease
from relay.feeds.websub.discovery import in_headers
from relay.feeds.websub.signature import WEAK, signed_with
from relay.outside import Outside
from relay.store import pushes
from relay.store.columns import saved
from relay.store.database import Store
from relay.store.keyring import Keyring
from relay.store.subscription import Push, Subscription
from relay.terms import SUBSCRIPTION_GRAPH, step
from relay.terms import SubscriptionState as State

MOST_WAITING = 8  # pushes of a feed that wait to be read; what comes on top is no more than a hint
ECHO = timedelta(minutes=10)  # for which an answer that was lost on its way is given again

Ring = Callable[[Iterable[str]], None]


class Found(StrEnum):
    """Whose callback a path is: ``over`` was one of ours."""

    NOBODY = "nobody"
    OVER = "over"
    OURS = "ours"


@dataclass(frozen=True)
class Pushed:
    """What a hub sent: ``body`` None if it was too long to be read, ``signatures`` and ``links`` headers as sent."""

    body: bytes | None
    content_type: str = ""
    signatures: Sequence[str] = ()
    links: Sequence[str] = ()


class Callback:
    """``ring`` has a feed's lane drained once something waits there."""

    def __init__(self, store: Store, outside: Outside, keyring: Keyring, ring: Ring) -> None:
        self._store, self._outside, self._keyring, self._ring = store, outside, keyring, ring

    async def verify(self, path: str, query: Mapping[str, str]) -> str | None:
        """The challenge to be sent back, None if this is nothing we asked for; a refusal is written down."""
        async with self._store.read() as tx:
            if await pushes.at(tx, path) is None:
                return None
        async with self._store.write() as tx:
            found = await pushes.hold(tx, path)
            if found is None or query.get("hub.topic") != found[0].topic:
                return None
            row, now = found[0], self._outside.clock.now()
            tx.add(row)
            if query.get("hub.mode") == "denied":
                _denied(row, now)
                return None
            challenge = query.get("hub.challenge") or None
            agreed = challenge and (_answered_before(row, query, now) or self._agree(row, query, now))
            return challenge if agreed else None

    def _agree(self, row: Subscription, query: Mapping[str, str], now: datetime) -> bool:
        match query.get("hub.mode"), row.state:
            case "subscribe", State.ASKED | State.RENEWING:
                granted = lease.granted(query.get("hub.lease_seconds", ""))
                if granted is None:
                    return False
                row.state = step(SUBSCRIPTION_GRAPH, row.state, State.ACTIVE)
                row.answered_at, row.expires_at = now, now + granted
                row.due_at = lease.renewal_at(granted, now, self._outside.rng)
                row.failures, row.reason = 0, ""
                return True
            case "unsubscribe", State.LEAVING:
                row.state = step(SUBSCRIPTION_GRAPH, row.state, State.OVER)
                row.answered_at, row.expires_at, row.due_at, row.failures, row.reason = now, None, None, 0, ""
                return True
        return False

    async def find(self, path: str) -> Found:
        """Whether anything pushed there would be taken: asked before the body is read."""
        async with self._store.read() as tx:
            found = await pushes.at(tx, path)
        return _whose(found[0] if found else None)

    async def deliver(self, path: str, pushed: Pushed) -> Found:
        """Keep a well signed body to be read; anything else is a hint to look."""
        async with self._store.read() as tx:
            found = await pushes.at(tx, path)
        if found is None:
            return Found.NOBODY
        algorithm = self._signed(found[0], pushed)
        async with self._store.write() as tx:
            found = await pushes.hold(tx, path)
            if found is None or _whose(found[0]) != Found.OURS:
                return Found.OVER
            row, feed = found
            now, number = self._outside.clock.now(), saved(feed.id)
            if algorithm and pushed.body is not None and await pushes.count(tx, number) < MOST_WAITING:
                tx.add(Push(feed_id=number, received_at=now, content_type=pushed.content_type, body=pushed.body))
            elif algorithm or hint.heeded(row, now):
                await pushes.pulled(tx, number, hint.look_at(feed, now, self._outside.rng), now)
                row.hinted_at = now
            _tally(row, algorithm, now)
            tx.add(row)
        self._ring([feed.lane])
        return Found.OURS

    def _signed(self, row: Subscription, pushed: Pushed) -> str:
        """The algorithm it is signed with, "" if it is not, or if the hub says that it is of another feed."""
        if pushed.body is None or in_headers(pushed.links, row.topic).topic not in ("", row.topic):
            return ""
        return signed_with(pushed.signatures, self._secret(row), pushed.body)

    def _secret(self, row: Subscription) -> str:
        """The secret that its hub signs with, "" if there is none that we can open."""
        try:
            return self._keyring.opening().open(row.sealed, row.seat)["secret"] if row.sealed else ""
        except Unusable:
            return ""


def _whose(row: Subscription | None) -> Found:
    if row is None or row.state == State.ASKED:  # a hub that has not made sure yet has nothing to deliver
        return Found.NOBODY
    return Found.OURS if row.state in (State.ACTIVE, State.RENEWING, State.LEAVING) else Found.OVER


def _answered_before(row: Subscription, query: Mapping[str, str], now: datetime) -> bool:
    """Whether this was verified a moment ago, and the hub has not heard it: it changes nothing more."""
    mode = {State.ACTIVE: "subscribe", State.OVER: "unsubscribe"}.get(row.state)
    lately = row.answered_at is not None and now - ECHO < row.answered_at <= now
    return lately and mode == query.get("hub.mode")


def _denied(row: Subscription, now: datetime) -> None:
    if row.state in (State.ASKED, State.ACTIVE, State.RENEWING):
        row.state, row.reason = step(SUBSCRIPTION_GRAPH, row.state, State.REFUSED), "denied"
        row.due_at = now + lease.REFUSED_REST


def _tally(row: Subscription, algorithm: str, now: datetime) -> None:
    if not algorithm:
        row.strays += 1
        return
    row.pushes += 1
    row.weak += algorithm in WEAK
    row.pushed_at = now
