# SPDX-License-Identifier: AGPL-3.0-or-later
"""What strikers must know of, judged from values alone. A further condition is one more function in ``JUDGES``."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from relay.deliveries.wallclock import TOLERANCE
from relay.feeds.agenda import on_watch
from relay.feeds.trouble import deaf, lateness, quarantined
from relay.store.account import Account
from relay.store.alert import Waiting
from relay.store.article import Hold
from relay.store.feed import Feed
from relay.store.instance import Instance
from relay.strikes.moments import zone_of
from relay.strikes.windows import at
from relay.terms import AccountState, AlertKind, Window

LATE = timedelta(minutes=5)  # how long a notice may be under way, and looks may be late
SOON = timedelta(hours=1)  # before a window a dead feed can still be mended
DISK_SHARE, DISK_BYTES = 0.1, 200 << 20
TIMED = frozenset({AlertKind.FEED, AlertKind.BEHIND, AlertKind.QUIET, AlertKind.MUTE, AlertKind.LATE})


@dataclass(frozen=True)
class Room:
    """What a disk has, in bytes."""

    free: int
    total: int


@dataclass(frozen=True)
class Scene:
    """One newsroom at one moment.

    ``behind``: for how long looks at its feeds have been late; ``silence``: how long an open window may stay without
    news; ``fresh`` counts the articles of that time; ``unanswered_since``: when the first article was noticed since
    anything was sent; ``clock``: what the instance knows of its clock.
    """

    now: datetime
    zone: str
    silence: timedelta
    room: Room
    windows: Sequence[Window] = ()
    accounts: Sequence[Account] = ()
    feeds: Sequence[Feed] = ()
    holds: Sequence[Hold] = ()
    late: Sequence[Waiting] = ()
    human: Sequence[Waiting] = ()
    fresh: int = 0
    unanswered_since: datetime | None = None
    clock: Instance | None = None
    behind: timedelta = timedelta()

    @property
    def timely(self) -> bool:
        """Whether ``now`` can be believed: while the relay holds for its clock, nobody knows what is late."""
        return not any(clock(self))

    def wall(self, moment: datetime) -> str:
        """A moment of the last hours as the newsroom's clocks show it."""
        return f"{moment.astimezone(zone_of(self.zone)):%H:%M}"


@dataclass(frozen=True)
class Condition:
    """Something is so: ``subject`` tells two of a kind apart, ``facts`` fill the sentence."""

    kind: AlertKind
    subject: str = ""
    facts: Mapping[str, str] = field(default_factory=dict, hash=False)


Judge = Callable[[Scene], Iterator[Condition]]


def judged(scene: Scene) -> list[Condition]:
    """All that is so; of what depends on the time only what can be known."""
    timely = scene.timely
    return [each for judge in JUDGES for each in judge(scene) if timely or each.kind not in TIMED]


def accounts(scene: Scene) -> Iterator[Condition]:
    """An account that only a person can bring back."""
    for each in scene.accounts:
        if each.state == AccountState.PAUSED and not each.forgotten:
            yield Condition(AlertKind.ACCOUNT, f"account/{each.id}", _named(each))


def feeds(scene: Scene) -> Iterator[Condition]:
    """A feed that cannot be read while a window is open, or shortly before; one that was given up or is read less often
    as soon as a strike is armed.
    """
    needed = any(each.opens - SOON <= scene.now < each.closes for each in scene.windows)
    armed = any(scene.now < each.closes for each in scene.windows)
    strike = on_watch(scene.windows, scene.now)
    for each in scene.feeds:
        facts = {"feed": _titled(each)}
        if each.off_at is not None or quarantined(each):
            if armed:
                yield Condition(AlertKind.OFF if each.off_at else AlertKind.HEAVY, f"feed/{each.id}", facts)
        elif needed and deaf(each, scene.now, strike=strike):
            yield Condition(AlertKind.FEED, f"feed/{each.id}", {**facts, "failures": str(each.failures)})


def looks(scene: Scene) -> Iterator[Condition]:
    """More feeds than there is time for, while a window is open."""
    if at(scene.windows, scene.now) and scene.behind >= LATE:
        minutes = lateness(scene.feeds, scene.now) / timedelta(minutes=1)
        yield Condition(AlertKind.BEHIND, "", {"minutes": f"{minutes:.0f}"})


def silence(scene: Scene) -> Iterator[Condition]:
    """An open window in which nothing comes in, or nothing goes out."""
    window = at(scene.windows, scene.now)
    if window is None or scene.now - window.opens < scene.silence:
        return
    hours = f"{scene.silence / timedelta(hours=1):g}"
    if not scene.fresh:
        yield Condition(AlertKind.QUIET, "", {"hours": hours})
    waiting = scene.unanswered_since
    if waiting is not None and scene.now - waiting >= scene.silence:
        yield Condition(AlertKind.MUTE, "", {"hours": hours, "since": scene.wall(waiting)})


def deliveries(scene: Scene) -> Iterator[Condition]:
    """Notices that do not arrive: those of a paused account wait for that reason, which is told already."""
    by_number = {each.id: each for each in scene.accounts}
    for kind, rows in ((AlertKind.LATE, scene.late), (AlertKind.HUMAN, scene.human)):
        for each in rows:
            owner = by_number[each.account]
            if kind == AlertKind.HUMAN or owner.state == AccountState.CONNECTED:
                facts = {**_named(owner), "count": str(each.count), "since": scene.wall(each.since)}
                yield Condition(kind, f"account/{each.account}", facts)


def holds(scene: Scene) -> Iterator[Condition]:
    """Articles that the flood guard keeps back."""
    titles = {each.id: _titled(each) for each in scene.feeds}
    for each in scene.holds:
        yield Condition(AlertKind.HELD, f"hold/{each.id}", {"feed": titles.get(each.feed_id, ""), "hold": str(each.id)})


def clock(scene: Scene) -> Iterator[Condition]:
    """A clock that was set back, or forward; see ``deliveries.wallclock``."""
    known = scene.clock
    if known is None:
        return
    if scene.now < known.seen_at - TOLERANCE:
        yield Condition(AlertKind.CLOCK, "", {"time": scene.wall(scene.now), "seen": scene.wall(known.seen_at)})
    elif known.stepped_at is not None:
        yield Condition(AlertKind.STEP, "", {"time": scene.wall(scene.now)})


def disk(scene: Scene) -> Iterator[Condition]:
    """Too little room to write down what is sent."""
    if scene.room.free < max(DISK_BYTES, DISK_SHARE * scene.room.total):
        yield Condition(AlertKind.DISK, "", {"free": str(scene.room.free >> 20)})


JUDGES: tuple[Judge, ...] = (accounts, feeds, looks, silence, deliveries, holds, clock, disk)


def _named(account: Account) -> dict[str, str]:
    return {"handle": account.handle, "network": account.network}


def _titled(feed: Feed) -> str:
    """Its title, or its host: an address may hold a secret."""
    return feed.title or urlsplit(feed.address).hostname or ""
