# SPDX-License-Identifier: AGPL-3.0-or-later
"""``piquet strike``: arm, stop, renew, discard, list, show and export a strike; ``plan`` is in ``planning``."""

from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from sqlmodel.ext.asyncio.session import AsyncSession

from relay.cli.inside import Inside, inside
from relay.cli.moment import stretch
from relay.cli.nouns import noun, verb
from relay.cli.options import Draft, Json, Number, Slug
from relay.cli.planning import plan
from relay.cli.screen import show, show_json, table
from relay.cli.sketch import Sketch, as_value, sketch, sketched
from relay.cli.stopping import stopping
from relay.cli.which import the_draft, the_newsroom, the_strike
from relay.deliveries.rehearsal import check, stage
from relay.faults import Unusable
from relay.i18n import _, say
from relay.store import strike
from relay.store.columns import saved
from relay.store.newsroom import Newsroom
from relay.store.strike import Strike
from relay.strikes import plan as acts
from relay.strikes.calendar import export
from relay.strikes.moments import wall, zone_of
from relay.terms import StrikeState

DRAFTED = (StrikeState.DRAFT,)
UNDER_WAY = (StrikeState.RUNNING, StrikeState.ARMED)
AHEAD = (*UNDER_WAY, *DRAFTED)
OVER = (StrikeState.STOPPED, StrikeState.ENDED)

app = noun(
    _(
        "Plan a strike, arm it, stop it at any moment, renew it. A draft does nothing until it is armed, and may be "
        "discarded. Nothing is public before the window opens."
    )
)

verb(
    app,
    "plan",
    _(
        "Write a strike down and see its notices as each account would carry them. Nothing happens before you arm it. "
        "What you leave out is asked for, or has a ready-made answer."
    ),
    'piquet strike plan --name "Retraites" --window "2026-12-17 09:00-19:00"',
    'piquet strike plan --name "Paie" --window 9h-19h --demand "Un poste de plus"',
    'piquet strike plan --name "Paie" --window 9h-12h --wording "En grève : {titre} {lien}"',
)(plan)


@verb(
    app,
    "arm",
    _("Arm a strike: from here on it runs by itself, as long as “piquet run” is at work."),
    "piquet strike arm",
    "piquet strike arm 2",
)
def arm(number: Draft = 0, newsroom: Slug = "") -> None:
    with inside() as here:
        owner = here.read(partial(the_newsroom, slug=newsroom))
        arming(here, owner, here.read(partial(the_draft, newsroom_id=saved(owner.id), number=number)))


def arming(here: Inside, owner: Newsroom, row: Strike) -> None:
    """Arm it if all its accounts can say all its notices, and say what happens next."""

    async def act(tx: AsyncSession) -> Strike:
        armed = await acts.arm(saved(owner.id), tx, saved(row.id), here.now)
        check(await stage(saved(owner.id), tx, armed, here.now), here.house.seats.cards)
        return armed

    here.write(act)
    slots = here.read(lambda tx: strike.slots(saved(owner.id), tx, saved(row.id)))
    coming = next(slot.window for slot in slots if slot.closes > here.now)
    show(str(say("✓ Strike {number}, “{name}”, is armed.", number=row.id, name=row.name)))
    show(str(say("  It runs by itself in the window {window}.", window=stretch(coming, owner.zone))))
    show(_("  Keep “piquet run” at work until it ends. Stop at any moment: piquet strike stop"))


@verb(
    app,
    "stop",
    _(
        "Stop a strike now. No new notice goes out, what waits is withdrawn, pinned notices are unpinned. With "
        "--withdraw, what was posted is deleted again, too."
    ),
    "piquet strike stop",
    "piquet strike stop 2 --withdraw",
)
def stop(
    number: Number = 0,
    withdraw: Annotated[
        bool, typer.Option("--withdraw", metavar="", help=_("Delete what was posted, also of a strike that is over."))
    ] = False,
    newsroom: Slug = "",
) -> None:
    with inside() as here:
        owner = here.read(partial(the_newsroom, slug=newsroom))
        row = _named(here, owner, number, *(UNDER_WAY if not withdraw else (*UNDER_WAY, *OVER)))
        show(*stopping(here, owner, row, withdraw=withdraw))


@verb(
    app,
    "renew",
    _(
        "Renew: add the last window once more, the same hours on the next day or on another. An ended strike is armed "
        "again."
    ),
    "piquet strike renew",
    "piquet strike renew 2 --on 2026-12-19",
)
def renew(
    number: Number = 0,
    on: Annotated[str, typer.Option("--on", metavar=_("DAY"), help=_("2026-12-19, or tomorrow."))] = "",
    newsroom: Slug = "",
) -> None:
    with inside() as here:
        owner = here.read(partial(the_newsroom, slug=newsroom))
        row = _named(here, owner, number, *UNDER_WAY)
        local = here.now.astimezone(zone_of(owner.zone)).replace(tzinfo=None)
        day = wall(f"{on} 00:00", local.date(), local - timedelta(days=1)).date() if on else None
        new = here.write(lambda tx: acts.renew(saved(owner.id), tx, saved(row.id), here.now, day))
    show(str(say("✓ “{name}” goes on: {window}.", name=row.name, window=stretch(new, owner.zone))))


@verb(
    app,
    "discard",
    _("Delete a strike that is still a draft. One that was armed stays on record; “piquet strike stop” stops it."),
    "piquet strike discard",
    "piquet strike discard 2",
)
def discard(number: Draft = 0, newsroom: Slug = "") -> None:
    with inside() as here:
        owner = here.read(partial(the_newsroom, slug=newsroom))
        row = _named(here, owner, number, *DRAFTED)
        here.write(lambda tx: acts.discard(saved(owner.id), tx, saved(row.id)))
    show(str(say("✓ The draft {number}, “{name}”, is discarded.", number=row.id, name=row.name)))


@verb(app, "list", _("List the strikes of a newsroom."), "piquet strike list", "piquet strike list --json")
def listing(newsroom: Slug = "", as_json: Json = False) -> None:
    with inside() as here:
        owner = here.read(partial(the_newsroom, slug=newsroom))
        rows = here.read(lambda tx: strike.of_newsroom(saved(owner.id), tx))
        drawn = [_drawn(here, owner, row) for row in rows]
    if as_json:
        show_json([as_value(each) for each in drawn])
    elif drawn:
        heads = (_("No."), _("Strike"), _("State"), _("Windows"))
        show(table(heads, [each.line for each in drawn]))
        if any(each.strike.state == StrikeState.DRAFT for each in drawn):
            show(_("A draft does nothing by itself: “piquet strike arm NUMBER”, or “piquet strike discard NUMBER”."))
    else:
        show(_("There is no strike yet: plan one with “piquet strike plan”."))


@verb(app, "show", _("Show all that was planned for a strike."), "piquet strike show 2", "piquet strike show --json")
def display(number: Number = 0, newsroom: Slug = "", as_json: Json = False) -> None:
    with inside() as here:
        owner = here.read(partial(the_newsroom, slug=newsroom))
        drawn = _drawn(here, owner, _named(here, owner, number, *AHEAD))
    if as_json:
        show_json(as_value(drawn))
    else:
        show(*sketched(drawn))


@verb(
    app,
    "calendar",
    _("Write the strike’s windows as a calendar file (iCalendar) that any calendar imports. Its events are private."),
    "piquet strike calendar > strike.ics",
    "piquet strike calendar 2 --output strike.ics",
)
def calendar(
    number: Number = 0,
    output: Annotated[Path | None, typer.Option("--output", metavar=_("FILE"), help=_("The file to write."))] = None,
    newsroom: Slug = "",
) -> None:
    with inside() as here:
        owner = here.read(partial(the_newsroom, slug=newsroom))
        row = _named(here, owner, number, *AHEAD)
        windows = [slot.window for slot in here.read(lambda tx: strike.slots(saved(owner.id), tx, saved(row.id)))]
        key = f"{owner.slug}-{row.id}-{row.made_at:%Y%m%d%H%M%S}"
        data = export(key, row.name, row.reasons, row.link, windows, owner.zone, here.now)
    if output is None:
        typer.get_binary_stream("stdout").write(data)
        return
    try:
        output.write_bytes(data)
    except OSError as cause:
        raise Unusable(
            say("The file {path} cannot be written ({why}): choose another.", path=output, why=cause.strerror)
        ) from None
    show(str(say("✓ Written to {path}.", path=output)))


def _named(here: Inside, owner: Newsroom, number: int, *wanted: StrikeState) -> Strike:
    return here.read(partial(the_strike, newsroom_id=saved(owner.id), number=number, wanted=wanted))


def _drawn(here: Inside, owner: Newsroom, row: Strike) -> Sketch:
    return here.read(lambda tx: sketch(tx, owner, row))
