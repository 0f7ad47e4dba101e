# SPDX-License-Identifier: AGPL-3.0-or-later
"""The house's words as frozen values, and the state graphs. Imports nothing of ours."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeVar


class StrikeState(StrEnum):
    """Where a strike stands."""

    DRAFT = "draft"
    ARMED = "armed"
    RUNNING = "running"
    ENDED = "ended"
    STOPPED = "stopped"


class ArticleState(StrEnum):
    """What became of an article: ``silent`` ones were there before us, ``held`` wait for a person."""

    SEEN = "seen"
    SILENT = "silent"
    HELD = "held"
    DROPPED = "dropped"


class DeliveryState(StrEnum):
    """Where a delivery stands; every one ends in one of ``SETTLED``."""

    PENDING = "pending"
    SENDING = "sending"
    UNSURE = "unsure"
    SENT = "sent"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    REJECTED = "rejected"
    NEEDS_HUMAN = "needs_human"


class AccountState(StrEnum):
    """A paused account answered 401 or 403: nothing is tried on it until a person reconnects it."""

    CONNECTED = "connected"
    PAUSED = "paused"


class NoticeKind(StrEnum):
    """What a notice answers: an article, or the opening and the closing of a window."""

    ARTICLE = "article"
    START = "start"
    END = "end"


class Action(StrEnum):
    """What a delivery does on its account."""

    PUBLISH = "publish"
    PIN = "pin"
    UNPIN = "unpin"
    SWEEP = "sweep"  # after a doubt: look for twins and take the younger back
    WITHDRAW = "withdraw"  # take the post back


class AlertKind(StrEnum):
    """What strikers are told of on a second channel; each is judged in ``alerts.conditions``."""

    ACCOUNT = "account"
    FEED = "feed"
    OFF = "off"
    HEAVY = "heavy"
    BEHIND = "behind"
    QUIET = "quiet"
    MUTE = "mute"
    LATE = "late"
    HUMAN = "human"
    HELD = "held"
    CLOCK = "clock"
    STEP = "step"
    DISK = "disk"


class SubscriptionState(StrEnum):
    """Where a subscription at a WebSub hub stands."""

    ASKED = "asked"  # not verified by the hub yet
    ACTIVE = "active"
    RENEWING = "renewing"  # as active: the old lease lasts until the hub verifies the new one
    LEAVING = "leaving"  # asked to end
    REFUSED = "refused"
    OVER = "over"


S, D, H = StrikeState, DeliveryState, SubscriptionState

STRIKE_GRAPH: Mapping[StrEnum, frozenset[StrEnum]] = {
    S.DRAFT: frozenset({S.ARMED}),
    S.ARMED: frozenset({S.DRAFT, S.RUNNING, S.STOPPED, S.ENDED}),
    S.RUNNING: frozenset({S.ARMED, S.STOPPED, S.ENDED}),  # back to armed between two windows
    S.ENDED: frozenset({S.ARMED}),  # renewed ("reconduite")
    S.STOPPED: frozenset({S.ARMED}),
}

DELIVERY_GRAPH: Mapping[StrEnum, frozenset[StrEnum]] = {
    D.PENDING: frozenset({D.SENDING, D.EXPIRED, D.WITHDRAWN, D.REJECTED}),
    D.SENDING: frozenset({D.PENDING, D.UNSURE, D.SENT, D.REJECTED, D.EXPIRED, D.WITHDRAWN, D.NEEDS_HUMAN}),
    D.UNSURE: frozenset({D.PENDING, D.SENT, D.EXPIRED, D.WITHDRAWN, D.NEEDS_HUMAN}),
    D.NEEDS_HUMAN: frozenset({D.PENDING, D.SENT, D.WITHDRAWN}),
    D.SENT: frozenset({D.WITHDRAWN}),
    D.EXPIRED: frozenset({D.SENT}),  # a server carried it out late, after we had given it up
    D.WITHDRAWN: frozenset({D.SENT}),
    D.REJECTED: frozenset({D.PENDING}),  # a person mended the cause
}

SUBSCRIPTION_GRAPH: Mapping[StrEnum, frozenset[StrEnum]] = {
    H.ASKED: frozenset({H.ASKED, H.ACTIVE, H.REFUSED, H.OVER}),
    H.ACTIVE: frozenset({H.ASKED, H.RENEWING, H.LEAVING, H.REFUSED, H.OVER}),
    H.RENEWING: frozenset({H.ASKED, H.ACTIVE, H.RENEWING, H.LEAVING, H.REFUSED, H.OVER}),
    H.LEAVING: frozenset({H.ASKED, H.LEAVING, H.OVER}),
    H.REFUSED: frozenset({H.ASKED, H.OVER}),
    H.OVER: frozenset({H.ASKED}),
}

SETTLED = frozenset({D.SENT, D.EXPIRED, D.WITHDRAWN, D.REJECTED, D.NEEDS_HUMAN})


State = TypeVar("State", bound=StrEnum)


class Undeclared(Exception):
    """A transition that the state graph does not declare: a bug of ours, never a user's."""


def step(graph: Mapping[StrEnum, frozenset[StrEnum]], here: State, there: State) -> State:
    """Return ``there`` if the graph declares the way from ``here``.

    Raises Undeclared otherwise.
    """
    if there not in graph[here]:
        raise Undeclared(f"{here} → {there}")
    return there


@dataclass(frozen=True)
class Entry:
    """One entry of a feed as read, before anyone decides whether it is new. Text is plain, dates are UTC."""

    guid: str = ""
    link: str = ""
    title: str = ""
    summary: str = ""
    published: datetime | None = None
    language: str = ""


@dataclass(frozen=True)
class Document:
    """One reading of a feed. ``kind`` is ``rss``, ``atom`` or ``json``; ``ttl`` in seconds, 0 if unsaid."""

    entries: tuple[Entry, ...]
    kind: str = "rss"
    title: str = ""
    link: str = ""
    language: str = ""
    ttl: int = 0
    hub: str = ""
    topic: str = ""


@dataclass(frozen=True)
class Reading:
    """What a look at a feed found: its ``prints`` (``relay.feeds.parse.prints``), and the document.

    No document means that each of its entries had been seen as it is: there is nothing new in it.
    """

    document: Document | None
    prints: bytes = b""


@dataclass(frozen=True)
class Window:
    """A stretch of a strike, [opens, closes), both aware UTC."""

    opens: datetime
    closes: datetime
