# SPDX-License-Identifier: AGPL-3.0-or-later
"""``piquet alert``: where strikers are told that something needs them, and that it is over."""

from functools import partial
from typing import Annotated

import typer
from rich.console import RenderableType

from relay.alerts.dispatch import reason
from relay.alerts.services import EXAMPLES
from relay.cli.asking import attended, secret
from relay.cli.inside import inside
from relay.cli.nouns import noun, verb
from relay.cli.options import Json, Slug
from relay.cli.screen import show, show_json, table
from relay.cli.which import the_newsroom
from relay.faults import Invalid
from relay.i18n import _, say
from relay.store import alert
from relay.store.alert import Channel
from relay.store.columns import saved

app = noun(
    _(
        "A second channel for the strikers: e-mail, ntfy, a webhook, Matrix, Telegram and others. It hears once when "
        "something needs them, and once when it is over. Its address holds a secret and is kept sealed."
    )
)


@verb(
    app,
    "add",
    _(
        "Add a channel by its address, as Apprise writes them. Without an address you are shown how the usual ones are "
        "written, and type yours hidden: an address on the command line stays in the shell’s history."
    ),
    "piquet alert add",
    "piquet alert add ntfy://our-own-secret-topic",
)
def add(
    address: Annotated[
        str, typer.Argument(metavar=_("ADDRESS"), show_default=False, help=_("Where to send; better typed hidden."))
    ] = "",
    newsroom: Slug = "",
) -> None:
    with inside() as here:
        owner = here.read(partial(the_newsroom, slug=newsroom))
        row = here.do(here.house.channels.add(saved(owner.id), address or _asked()))
    show(str(say("✓ Channel {number} is kept: {channel}.", number=row.id, channel=named(row))))
    show(_("Next: piquet alert test"))


@verb(app, "list", _("List the channels, without their secrets."), "piquet alert list", "piquet alert list --json")
def listing(newsroom: Slug = "", as_json: Json = False) -> None:
    with inside() as here:
        owner = here.read(partial(the_newsroom, slug=newsroom))
        rows = here.read(lambda tx: alert.channels(saved(owner.id), tx))
    if as_json:
        show_json([as_value(row) for row in rows])
    elif rows:
        show(listed(rows))
    else:
        show(_("There is no channel yet: “piquet alert add”."))


@verb(app, "remove", _("Remove a channel. Its address is erased; it hears nothing any more."), "piquet alert remove 2")
def remove(
    number: Annotated[int, typer.Argument(metavar=_("NUMBER"), help=_("As “piquet alert list” shows it."))],
    newsroom: Slug = "",
) -> None:
    with inside() as here:
        owner = here.read(partial(the_newsroom, slug=newsroom))
        if not here.write(lambda tx: alert.remove(saved(owner.id), tx, number)):
            raise Invalid(
                say("There is no channel {number}: “piquet alert list” shows those there are.", number=number)
            )
    show(str(say("✓ Channel {number} is removed.", number=number)))


@verb(
    app,
    "test",
    _("Send a test message to every channel now. The exit code is 1 unless all of them took it."),
    "piquet alert test",
)
def try_out(newsroom: Slug = "") -> None:
    with inside() as here:
        owner = here.read(partial(the_newsroom, slug=newsroom))
        tried = here.do(here.house.channels.test(saved(owner.id)))
    for row, fault in tried:
        show(str(outcome(row, fault)))
    if not tried:
        show(_("There is no channel yet: “piquet alert add”."))
    if not tried or any(fault for _row, fault in tried):
        raise typer.Exit(1)


def outcome(row: Channel, fault: str) -> object:
    """What became of a test message, in a sentence."""
    if fault:
        return say("✗ {number} {channel}: {reason}", number=row.id, channel=named(row), reason=reason(fault))
    return say("✓ {number} {channel} took the message: look whether you see it.", number=row.id, channel=named(row))


def listed(rows: list[Channel]) -> RenderableType:
    """One line a channel."""
    heads = (_("No."), _("Channel"), _("State"))
    return table(heads, [(str(row.id), named(row), _state(row)) for row in rows])


def named(row: Channel) -> str:
    """A channel without its secret."""
    return f"{row.scheme}://{row.host}/…"


def as_value(row: Channel) -> dict[str, object]:
    """A channel for machines; nothing secret."""
    return {"id": row.id, "scheme": row.scheme, "host": row.host, "failures": row.failures, "fault": row.fault or None}


def _state(row: Channel) -> str:
    return str(say("! {reason}", reason=reason(row.fault))) if row.fault else _("✓ ready")


def _asked() -> str:
    if not attended():
        raise Invalid(say("The address is missing: add it, or run this at a terminal to type it hidden."))
    show(_("How the usual ones are written:"), *(f"  {each}" for each in EXAMPLES))
    return secret(_("The channel’s address (it stays hidden)"))
