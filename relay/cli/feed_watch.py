# SPDX-License-Identifier: AGPL-3.0-or-later
"""``piquet feed watch``: look at a feed live and tell, line by line, what Piquet would do. Nothing is stored."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any

import typer

from relay.cli.feed_live import as_value, lines
from relay.cli.inside import Inside, inside
from relay.cli.moment import lasting
from relay.cli.options import Json
from relay.cli.screen import show, show_line
from relay.faults import FeedThrottled, FeedUnreachable, Invalid, Problem
from relay.feeds.doctor.live import LEAST, Glance, Live, end
from relay.i18n import _, say, say_n

DAY = 86_400  # seconds; of minutes it is as good as for ever
SERVER_ERROR = 500  # from here on the site is in trouble, and not the address


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
