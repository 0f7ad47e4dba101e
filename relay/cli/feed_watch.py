# SPDX-License-Identifier: AGPL-3.0-or-later
"""``piquet feed watch``: look at a feed live and tell, line by line, what Piquet would do. Nothing is stored."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any

import typer

from relay.cli.inside import Inside, inside
from relay.cli.moment import lasting
from relay.cli.options import Json
from relay.cli.reasons import held_because
from relay.cli.screen import show, show_line
from relay.faults import FeedThrottled, FeedUnreachable, Invalid, Problem
from relay.feeds.doctor.findings import legible
from relay.feeds.doctor.live import LEAST, Glance, Live, end
from relay.feeds.doctor.memory import Seen
from relay.feeds.parse.text import LINK_BYTES
from relay.i18n import Message, _, say, say_n
from relay.terms import Entry

DAY = 86_400  # seconds; of minutes it is as good as for ever
SERVER_ERROR = 500  # from here on the site is in trouble, and not the address
_INDENT = " " * 10


@dataclass
class Tally:
    """What was seen from first look to last."""

    began: datetime
    looks: int = 0
    unchanged: int = 0
    faults: int = 0
    fates: Counter[str] = field(default_factory=Counter)

    def add(self, glance: Glance) -> None:
        """Count one look."""
        self.looks += 1
        self.unchanged += glance.unchanged
        self.faults += glance.fault is not None
        self.fates.update(seen.fate for seen in glance.seen)

    def as_json(self) -> dict[str, Any]:
        """For machines; the last line."""
        fates = {name: self.fates[name] for name in ("new", "held", "edited", "archive")}
        return {"looks": self.looks, "unchanged": self.unchanged, "faults": self.faults, **fates}


Tell = Callable[[Glance, Tally], None]


def watch(
    address: Annotated[str, typer.Argument(metavar=_("ADDRESS"), help=_("Of a feed, or of a page that names it."))],
    every: Annotated[
        int,
        typer.Option(
            metavar=_("SECONDS"),
            show_default=False,
            help=_("Look this often, 30 at least; without it as often as during a strike."),
        ),
    ] = 0,
    minutes: Annotated[
        float,
        typer.Option("--for", metavar=_("MINUTES"), show_default=False, help=_("Stop by itself after so long.")),
    ] = 0,
    as_json: Json = False,
) -> None:
    if every and not LEAST <= every <= DAY:
        raise Invalid(say("--every is a number of seconds from {least} to {most}.", least=LEAST, most=DAY))
    if not 0 <= minutes <= DAY:
        raise Invalid(say("--for is a number of minutes, such as 30."))
    with inside() as here:
        total = Tally(here.now)
        if not as_json:
            show(str(say("Watching {address}. Nothing is stored or posted. Ctrl-C ends it.", address=address)))
        told = _machine if as_json else _person
        with suppress(KeyboardInterrupt):  # a person has seen enough
            here.do(_look_on(here, address, every, minutes, told, total))
        if as_json:
            show_line({"summary": total.as_json()})
        else:
            show(*summed(total, here.now))


async def _look_on(here: Inside, address: str, every: int, minutes: float, tell: Tell, total: Tally) -> None:
    house, settings = here.house, here.house.settings
    floor, threshold = settings.look_floor, settings.flood_threshold
    live = Live(house.outside, house.parser, address, every=every, floor=floor, threshold=threshold)
    async for glance in live.glances(end(here.now, minutes)):
        if glance.fault and total.looks == 0 and hopeless(glance.fault):
            raise glance.fault
        tell(glance, total)


def hopeless(fault: Problem) -> bool:
    """Whether a first look that ended so most likely means another address."""
    return not isinstance(fault, FeedThrottled | FeedUnreachable) and getattr(fault, "status", 0) < SERVER_ERROR


def _person(glance: Glance, total: Tally) -> None:
    total.add(glance)
    show(*lines(glance))


def _machine(glance: Glance, total: Tally) -> None:
    total.add(glance)
    show_line(as_value(glance))


def lines(glance: Glance) -> Iterator[str]:
    """One look for a person: when, what the server answered, what became of each entry, when the next look is."""
    facts = [f"{glance.status or '–':>3}", *(str(each) for each in _facts(glance))]
    yield f"{_clock(glance.at)}  " + " · ".join(facts)
    yield from _baseline(glance)
    if glance.fault:
        yield f"{_INDENT}! {glance.fault}"
    if glance.hold:
        why = held_because(glance.hold)
        yield f"{_INDENT}! " + str(say("{why}: they would wait for a person", why=why))
    for seen in glance.seen:
        yield from _entry(seen)


def _baseline(glance: Glance) -> Iterator[str]:
    """What the first look at a feed found in it."""
    count = sum(seen.fate == "baseline" for seen in glance.seen)
    if count:
        yield _INDENT + str(say("the feed is {address}", address=glance.address))
        known = say_n("{n} article, known and silent from now on", "{n} articles, known and silent from now on", count)
        yield _INDENT + str(known)


def _facts(glance: Glance) -> Iterator[Message]:
    if glance.unchanged:
        yield say("unchanged")
    elif glance.fault is None:
        yield say("{n} kB", n=f"{glance.size / 1024:.1f}")
    yield say("{n} ms", n=round(glance.seconds * 1000))
    if glance.seen and all(seen.fate == "known" for seen in glance.seen):
        yield say("nothing new")
    yield say("next look {time}", time=_clock(glance.next_at))


def _entry(seen: Seen) -> Iterator[str]:
    entry = seen.entry
    match seen.fate:
        case "new":
            yield f"{_INDENT}+ " + str(say("new, by its {key}: {title}", key=_key(seen.by), title=_title(entry)))
            yield f"{_INDENT}  " + str(
                say("a notice would link to {link}", link=legible(entry.link, LINK_BYTES) or "–")
            )
        case "held":
            yield f"{_INDENT}‖ " + str(say("held: {title}", title=_title(entry)))
        case "archive":
            yield f"{_INDENT}· " + str(say("from the archive, silent: {title}", title=_title(entry)))
        case "edited":
            words = say("edited, known by its {key}, no second notice: {title}", key=_key(seen.by), title=_title(entry))
            yield f"{_INDENT}= {words}"


def _title(entry: Entry) -> str:
    return legible(entry.title or entry.link or entry.guid, 100)


def _key(kind: str) -> Message:
    match kind:
        case "g":
            return say("guid")
        case "n":
            return say("guid as an address")
        case "l":
            return say("link")
        case _:
            return say("title and date")


def _clock(moment: datetime) -> str:
    """By the clock of this machine."""
    return f"{moment.astimezone():%H:%M:%S}"


def summed(total: Tally, now: datetime) -> Iterator[str]:
    """The last lines."""
    yield ""
    looks = say_n("{n} look", "{n} looks", total.looks)
    yield str(
        say(
            "{looks} in {span}, of which {n} unchanged.",
            looks=looks,
            span=lasting(now - total.began),
            n=total.unchanged,
        )
    )
    new = say_n("{n} new article", "{n} new articles", total.fates["new"])
    held = say("{n} held", n=total.fates["held"])
    edited = say_n("{n} edit recognised", "{n} edits recognised", total.fates["edited"])
    faults = say_n("{n} fault", "{n} faults", total.faults)
    yield f"{new}, {held}, {edited}, {faults}."
    yield _("Nothing was stored or posted.")


def as_value(glance: Glance) -> dict[str, Any]:
    """One look for machines: durations in seconds; entries that were known already are left out."""
    return {
        "at": glance.at,
        "address": glance.address,
        "status": glance.status or None,
        "seconds": round(glance.seconds, 3),
        "bytes": glance.size,
        "unchanged": glance.unchanged,
        "baseline": sum(seen.fate == "baseline" for seen in glance.seen),
        "hold": glance.hold or None,
        "entries": [_entry_value(seen) for seen in glance.seen if seen.fate not in ("known", "baseline")],
        "fault": str(glance.fault) if glance.fault else None,
        "next_at": glance.next_at,
    }


def _entry_value(seen: Seen) -> dict[str, Any]:
    entry = seen.entry
    return {
        "fate": seen.fate,
        "by": seen.by,
        "id": entry.guid or None,
        "link": entry.link or None,
        "title": entry.title or None,
        "before": seen.before.title if seen.before else None,
    }
