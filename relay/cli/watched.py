# SPDX-License-Identifier: AGPL-3.0-or-later
"""The feeds on the screen of ``piquet status``: a few lines, however many there are."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from relay.cli.moment import ago, lasting
from relay.cli.standing import Picture
from relay.deliveries.wallclock import behind
from relay.feeds.trouble import lateness
from relay.i18n import Message, _, say, say_n
from relay.store.feed import Feed
from relay.store.instance import Instance

MOST = 10  # feeds that have a line of their own
ABSENT = timedelta(minutes=1)  # since a relay did its rounds; it writes that down every 15 s


def feeds(seen: Picture) -> Iterator[str]:
    """Whether looks are late, then a line for each feed; where there are many, for each that is in trouble."""
    if not seen.feeds:
        yield _("No feed is watched: add one with “piquet feed add ADDRESS”.")
        return
    late = lateness(seen.feeds, seen.now)
    if late and not (seen.clock and behind(seen.clock.seen_at, seen.now)):
        yield str(_late(late, seen.clock, seen.now))
    ill = [each for each in seen.feeds if each.fault or each.off_at]
    shown = seen.feeds if len(seen.feeds) <= MOST else ill[:MOST]
    yield from (str(_line(each, seen.now)) for each in shown)
    if len(shown) < len(seen.feeds):
        yield from _others(seen, len(ill) - len(shown), len(seen.feeds) - len(ill))


def _line(feed: Feed, now: datetime) -> Message:
    words: Message | str = say("✓ last look {ago}", ago=ago(feed.looked_at, now))
    if feed.off_at:
        words = say("! off, as its server says that it is gone for good: “piquet feed list”")
    elif feed.fault:
        words = f"! {feed.fault}"
    return say("{name}: {words}", name=feed.title or feed.address, words=words)


def _late(late: timedelta, clock: Instance | None, now: datetime) -> Message:
    if clock is None or clock.turned_at is None or now - clock.turned_at > ABSENT:
        return say("! Nobody looks at the feeds: looks are {span} late. Start “piquet run”.", span=lasting(late))
    return say(
        "! Looks are {span} late: this machine has more feeds than it can look at. Remove those that nobody needs, or "
        "share the work with another machine: “piquet worker --help”.",
        span=lasting(late),
    )


def _others(seen: Picture, ill: int, well: int) -> Iterator[str]:
    if ill:
        yield str(
            say_n(
                "… and {n} more is in trouble: “piquet feed list”",
                "… and {n} more are in trouble: “piquet feed list”",
                ill,
            )
        )
    if well:
        last = ago(_last(seen.feeds), seen.now)
        yield str(say_n("✓ {n} feed is well, last look {ago}", "✓ {n} feeds are well, last look {ago}", well, ago=last))


def _last(feeds: Sequence[Feed]) -> datetime | None:
    return max((each.looked_at for each in feeds if each.looked_at), default=None)
