# SPDX-License-Identifier: AGPL-3.0-or-later
"""What is remembered of a feed after a look at it, and when it is looked at again. Pure.

A look that brought nothing new changes a few columns, and many such looks are written down together; what brought a
document is learnt in a transaction of its own (``relay.feeds.watch``), and takes these changes along.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from relay.faults import FeedGone, FeedThrottled, FeedTooHeavy
from relay.feeds.agenda import appointment, on_watch
from relay.feeds.http.redirects import refuge
from relay.feeds.look import QUARANTINE, Look
from relay.feeds.schedule import STRIKE_CEILING, believed_gone, next_look, still_distrusted, whole_due
from relay.i18n import say
from relay.store.looks import Due
from relay.terms import Window

_OF_A_DOCUMENT = frozenset({"etag", "last_modified", "body_hash", "prints"})
_EMPTIED = say(
    "The feed had entries and has none now. If that stays so though the newsroom publishes, tell its publisher."
)


@dataclass(frozen=True)
class Times:
    """What decides when to look again: the newsroom's windows, the present, and the shortest wait in a strike, s."""

    windows: Sequence[Window]
    now: datetime
    floor: float


def remarkable(look: Look) -> bool:
    """Whether the look needs a transaction of its own: it brought a document, or the feed may be somewhere else now."""
    if look.fault is not None:
        return bool(refuge(look.feed.moved_to, look.fault))
    if look.fetched is None:
        return False
    read = look.reading is not None and look.reading.document is not None
    return read or bool(look.fetched.moved_to or look.feed.moved_to)


def changes(look: Look, times: Times, rng: random.Random) -> dict[str, Any]:
    """The columns that a look changes, but for what its document teaches."""
    if look.fault is not None or look.fetched is None:
        return _failed(look, times, rng)
    if look.fetched.unchanged and look.feed.kills >= QUARANTINE:
        return _still_failing(look, times, rng)
    return _read(look, times, rng)


def _read(look: Look, times: Times, rng: random.Random) -> dict[str, Any]:
    feed, fetched = look.feed, look.fetched
    assert fetched is not None  # noqa: S101
    memory, hint = fetched.memory, max(fetched.fresh_for, feed.ttl)
    kept: dict[str, Any] = {
        "etag": memory.etag,
        "last_modified": memory.last_modified,
        "body_hash": memory.body_hash,
        "hint": hint,  # a 304 may ask for another freshness than the 200 before it
        "prints": look.reading.prints if look.reading else feed.prints,
        "hub": fetched.hub or feed.hub,
        "topic": fetched.topic or feed.topic,
        "kills": 0,
        "gone": 0,
        "gone_since": None,
        "whole_at": look.began if fetched.body else feed.whole_at,
        "distrusted_at": feed.distrusted_at if still_distrusted(feed.distrusted_at, look.began) else None,
        "retry_at": None,
    }
    emptied = bool(feed.prints) and look.reading is not None and not look.reading.prints
    if emptied:  # the last entries stay known, and their document the one that is compared with
        kept = {name: value for name, value in kept.items() if name not in _OF_A_DOCUMENT}
    changed = {name: value for name, value in kept.items() if value != getattr(feed, name)}
    if emptied:  # perhaps rightly so: it counts as a failure, but nothing is put off for it
        changed |= {"failures": feed.failures + 1, "fault": str(_EMPTIED)}
    elif feed.failures:
        changed |= {"failures": 0, "fault": ""}
    moment = appointed(feed, times, rng, hint=hint, kills=0)
    return {"looked_at": look.began, "next_look_at": moment, **changed}


def _failed(look: Look, times: Times, rng: random.Random) -> dict[str, Any]:
    feed, fault = look.feed, look.fault
    until = fault.until if isinstance(fault, FeedThrottled) else None
    changed: dict[str, Any] = {"failures": feed.failures + 1, "fault": str(fault)}
    if until != feed.retry_at:  # else it stays, whatever another feed's look has said of the host meanwhile
        changed["retry_at"] = until
    if whole_due(feed.id, feed.whole_at, look.began):
        changed["whole_at"] = look.began  # a server in trouble is not asked for all of it at each retry
    kills = feed.kills
    if isinstance(fault, FeedTooHeavy):
        changed["kills"] = kills = kills + 1
        if kills >= QUARANTINE and look.fetched is not None:  # the same bytes are not to be tried again and again
            memory = look.fetched.memory
            changed |= {"etag": memory.etag, "last_modified": memory.last_modified, "body_hash": memory.body_hash}
    if isinstance(fault, FeedGone):
        since = feed.gone_since or times.now
        changed |= {"gone": feed.gone + 1, "gone_since": since}
        if believed_gone(feed.gone + 1, since, times.now):
            changed["off_at"] = times.now
    moment = appointed(feed, times, rng, failures=feed.failures + 1, retry_at=until, kills=kills)
    return {"next_look_at": moment, **changed}


def _still_failing(look: Look, times: Times, rng: random.Random) -> dict[str, Any]:
    feed, failures = look.feed, look.feed.failures + 1
    changed: dict[str, Any] = {"failures": failures}
    if look.fetched is not None and look.fetched.body:
        changed["whole_at"] = look.began
    return {"next_look_at": appointed(feed, times, rng, failures=failures), **changed}


def appointed(
    feed: Due,
    times: Times,
    rng: random.Random,
    *,
    hint: int | None = None,
    failures: int = 0,
    retry_at: datetime | None = None,
    kills: int | None = None,
) -> datetime:
    """When to look again: as the feed goes, but never past an edge of a window, nor so shortly before one that what
    came would still be fresh there.
    """
    moment = next_look(
        times.now,
        rng,
        strike=on_watch(times.windows, times.now),
        gap=feed.gap,
        hint=feed.hint if hint is None else hint,
        failures=failures,
        retry_at=retry_at,
        floor=feed.floor or times.floor,
        crowd=feed.crowd,
        distrusted=still_distrusted(feed.distrusted_at, times.now),
        quarantined=(feed.kills if kills is None else kills) >= QUARANTINE,
    )
    edge = appointment(times.windows, times.now)
    if edge is None or (retry_at is not None and edge < retry_at):
        return moment
    fresh = timedelta(seconds=min(feed.hint if hint is None else hint, STRIKE_CEILING))
    return edge if moment + fresh > edge else moment
