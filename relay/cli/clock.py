# SPDX-License-Identifier: AGPL-3.0-or-later
"""``piquet clock``: is this machine's clock trusted, what waits for it, and what to do."""

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated

import typer

from relay.cli.finding import Finding, broken, look, ok
from relay.cli.inside import Inside, inside
from relay.cli.moment import lasting
from relay.cli.nouns import alone
from relay.cli.options import Json
from relay.cli.screen import show, show_json
from relay.deliveries.timekeeping import trust
from relay.deliveries.wallclock import behind
from relay.i18n import Message, _, say
from relay.store import instance
from relay.store.instance import Instance

app, command = alone(
    _(
        "Show whether Piquet trusts this machine’s clock. If it was set back, nothing is sent and no window opens or "
        "closes until it shows the latest time again that Piquet has seen, or until you say that it is right now."
    ),
    "piquet clock",
    "piquet clock --trust",
)


@command
def clock(
    trusted: Annotated[
        bool,
        typer.Option("--trust", metavar="", help=_("The clock is right now: go by it, whatever it showed before.")),
    ] = False,
    as_json: Json = False,
) -> None:
    with inside() as here:
        if trusted:
            here.write(lambda tx: trust(tx, here.now))
            here.do(here.house.rouse())
        row, now = seen(here), here.now
    if as_json:
        show_json(as_value(row, now))
        return
    show(*screen(row, now))


def seen(here: Inside) -> Instance | None:
    """What the ledger knows of the clock; None before the first relay has worked."""
    return here.read(instance.find)


def screen(row: Instance | None, now: datetime) -> Iterator[str]:
    """How the clock stands, and what to do."""
    if row is not None and behind(row.seen_at, now):
        yield str(say("✗ {words}", words=set_back(row, now)))
        yield _("Nothing is sent and no window opens or closes, so that nothing is said twice or after its end.")
        yield _("→ If the clock is wrong, set it: Piquet goes on by itself.")
        yield _("→ If it is right now and was wrong before: piquet clock --trust")
        return
    if row is not None and row.stepped_at is not None:
        yield str(say("! {words}", words=set_forward(row)))
    yield str(say("✓ The clock is trusted: it is {now} UTC.", now=_utc(now)))


def told(row: Instance | None, now: datetime) -> Finding:
    """For the doctor."""
    if row is not None and behind(row.seen_at, now):
        return broken(say("Clock"), say("{words} “piquet clock” says what to do.", words=set_back(row, now)))
    if row is not None and row.stepped_at is not None:
        return look(say("Clock"), set_forward(row))
    return ok(say("Clock"), say("it was not set back"))


def set_back(row: Instance, now: datetime) -> Message:
    """What is wrong, in one sentence."""
    return say(
        "This machine’s clock shows {now} UTC, but Piquet has already seen {seen} UTC: it was set back by {span}.",
        now=_utc(now),
        seen=_utc(row.seen_at),
        span=lasting(row.seen_at - now),
    )


def set_forward(row: Instance) -> Message:
    """What to have a look at, in one sentence."""
    shown = _utc(row.stepped_at or row.seen_at)
    return say("This machine’s clock was set forward, to {shown} UTC: compare it with a watch.", shown=shown)


def as_value(row: Instance | None, now: datetime) -> dict[str, object]:
    """The same for machines."""
    return {
        "now": now,
        "latest_seen": row.seen_at if row else None,
        "held": row is not None and behind(row.seen_at, now),
        "set_forward_at": row.stepped_at if row else None,
    }


def _utc(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}"
