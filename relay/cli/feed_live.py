# SPDX-License-Identifier: AGPL-3.0-or-later
"""One look of a live watch: in words for a person, as a value for a machine."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from relay.cli.reasons import held_because
from relay.feeds.doctor.findings import legible, shown
from relay.feeds.doctor.live import Glance
from relay.feeds.doctor.memory import Seen
from relay.feeds.parse.text import LINK_BYTES
from relay.i18n import Message, say, say_n

_INDENT = " " * 10


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
            yield f"{_INDENT}+ " + str(say("new, by its {key}: {title}", key=_key(seen.by), title=shown(entry)))
            yield f"{_INDENT}  " + str(
                say("a notice would link to {link}", link=legible(entry.link, LINK_BYTES) or "–")
            )
        case "held":
            yield f"{_INDENT}‖ " + str(say("held: {title}", title=shown(entry)))
        case "archive":
            yield f"{_INDENT}· " + str(say("from the archive, silent: {title}", title=shown(entry)))
        case "edited":
            words = say("edited, known by its {key}, no second notice: {title}", key=_key(seen.by), title=shown(entry))
            yield f"{_INDENT}= {words}"


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
