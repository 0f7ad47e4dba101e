# SPDX-License-Identifier: AGPL-3.0-or-later
"""What each step does to a subscription's row, and what is then asked of the hub. Sends and stores nothing."""

from dataclasses import dataclass
from datetime import datetime

from relay.faults import Unusable
from relay.feeds.websub import lease
from relay.feeds.websub.asking import Outcome, Request
from relay.feeds.websub.lease import Need, Step
from relay.outside import Outside
from relay.store.columns import saved
from relay.store.feed import Feed
from relay.store.seal import Seal
from relay.store.subscription import Subscription
from relay.terms import SUBSCRIPTION_GRAPH, step
from relay.terms import SubscriptionState as State

_PATH, _SECRET = 16, 32  # bytes


@dataclass(frozen=True)
class Wanted:
    """A feed, the subscription it has, what its hub calls it, and how much a strike needs it."""

    feed: Feed
    row: Subscription | None
    topic: str
    need: Need


class Steps:
    """``address``: where hubs reach us."""

    def __init__(self, outside: Outside, seal: Seal, address: str) -> None:
        self._outside, self._seal, self._address = outside, seal, address

    def take(self, wanted: Wanted) -> Subscription | None:
        """The row with its next step taken, a new one where there was none; None if nothing is to be done."""
        now, row = self._outside.clock.now(), wanted.row
        chosen = lease.step(row, wanted.need, now, moved=row is not None and self._moved(row, wanted))
        if chosen == Step.BEGIN:
            return self._asked(self._begun(wanted, now), now)
        if chosen == Step.NOTHING or row is None:
            return None
        if chosen == Step.END:
            row.state, row.due_at, row.expires_at = step(SUBSCRIPTION_GRAPH, row.state, State.OVER), None, None
            return row
        there = State.LEAVING if chosen == Step.LEAVE else State.RENEWING
        row.state = step(SUBSCRIPTION_GRAPH, row.state, State.ASKED if row.state == State.ASKED else there)
        return self._asked(row, now)

    def request(self, row: Subscription) -> Request:
        """What the step asks of the hub."""
        mode = "unsubscribe" if row.state == State.LEAVING else "subscribe"
        return Request(row.hub, row.topic, row.callback, mode, self._secret(row) or "")

    def _asked(self, row: Subscription, now: datetime) -> Subscription:
        """From here on nothing has come of it, until the hub verifies."""
        row.asked_at, row.due_at = now, lease.try_again_at(row.failures, now, self._outside.rng)
        row.failures += 1
        return row

    def _begun(self, wanted: Wanted, now: datetime) -> Subscription:
        """With a path and a secret that nobody has seen; what is known of the hub stays."""
        feed, path = wanted.feed, self._outside.secret(_PATH).hex()
        row = wanted.row or Subscription(
            newsroom_id=feed.newsroom_id, feed_id=saved(feed.id), state=State.OVER, asked_at=now,
            hub="", topic="", address="", path="",
        )  # fmt: skip
        if row.hub != feed.hub:
            row.pushes = row.weak = row.strays = row.misses = 0
        row.hub, row.topic, row.address, row.path = feed.hub, wanted.topic, self._address, path
        row.state = step(SUBSCRIPTION_GRAPH, row.state, State.ASKED)
        row.answered_at, row.expires_at, row.failures, row.reason = None, None, 0, ""
        secret = {"secret": self._outside.secret(_SECRET).hex()}
        row.sealed = self._seal.close(secret, row.seat) if lease.trusted(feed.address, feed.hub) else b""
        return row

    def _moved(self, row: Subscription, wanted: Wanted) -> bool:
        """Whether it is of no use as it stands: the feed names another hub, or the key is another one."""
        named = (wanted.feed.hub, wanted.topic, self._address)
        return (row.hub, row.topic, row.address) != named or self._secret(row) is None

    def _secret(self, row: Subscription) -> str | None:
        """The secret, "" if the hub was given none, None if it cannot be opened."""
        try:
            return self._seal.open(row.sealed, row.seat)["secret"] if row.sealed else ""
        except Unusable:
            return None


def settle(row: Subscription, outcome: Outcome, now: datetime) -> None:
    """What the hub's answer changes, if it has not verified meanwhile, which says more."""
    if row.state not in (State.ASKED, State.RENEWING):
        return
    if outcome == Outcome.REFUSED:
        there = State.REFUSED if row.state == State.ASKED else State.ACTIVE  # the old lease lasts
        row.state, row.due_at = step(SUBSCRIPTION_GRAPH, row.state, there), now + lease.REFUSED_REST
    elif outcome == Outcome.ACCEPTED and row.due_at is not None:
        row.due_at = max(row.due_at, now + lease.PATIENCE)
    row.reason = {Outcome.ACCEPTED: "unverified", Outcome.REFUSED: "refused"}.get(outcome, "unreachable")
