# SPDX-License-Identifier: AGPL-3.0-or-later
"""``piquet account``: connect accounts, ask the networks whether they still let us in, list them, forget them."""

from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.console import RenderableType

from relay.cli.connecting import Typed
from relay.cli.connecting import connect as connected
from relay.cli.forgetting import forget
from relay.cli.inside import inside
from relay.cli.moment import local
from relay.cli.nouns import noun, verb
from relay.cli.options import Json, Slug
from relay.cli.screen import show, show_json, table
from relay.cli.which import the_newsroom
from relay.deliveries.recheck import recheck
from relay.faults import Problem
from relay.i18n import _, say
from relay.store import account
from relay.store.account import Account
from relay.store.columns import saved
from relay.terms import AccountState

app = noun(_("The accounts that notices go out from. Secrets are typed hidden, and kept sealed."))


@verb(
    app,
    "connect",
    _(
        "Connect an account, or connect one again. For Mastodon you approve on the server’s own page and paste a code; "
        "for Bluesky you type an app password, hidden. Secrets are never taken from the command line: they come from "
        "a question, a file or the variable PIQUET_TOKEN."
    ),
    "piquet account connect mastodon --instance mastodon.social",
    "piquet account connect bluesky --handle desk.bsky.social",
    "piquet account connect bluesky --handle desk.bsky.social --token-file pw.txt --entitled",
)
def connect(
    network: Annotated[str, typer.Argument(metavar=_("NETWORK"), help=_("mastodon or bluesky."))],
    instance: Annotated[str, typer.Option("--instance", metavar=_("SERVER"), help=_("The Mastodon server."))] = "",
    handle: Annotated[str, typer.Option("--handle", metavar=_("HANDLE"), help=_("The Bluesky handle."))] = "",
    service: Annotated[str, typer.Option("--service", metavar=_("ADDRESS"), help=_("The account’s own server."))] = "",
    token_file: Annotated[
        Path | None, typer.Option("--token-file", metavar=_("FILE"), help=_("The file with the token or app password."))
    ] = None,
    entitled: Annotated[
        bool, typer.Option("--entitled", metavar="", help=_("Declare, as of now, that you may speak from it."))
    ] = False,
    newsroom: Slug = "",
) -> None:
    fields = {"server": instance, "identifier": handle, "service": service}
    with inside() as here:
        owner = here.read(partial(the_newsroom, slug=newsroom))
        connected(here, owner, network, Typed(fields, token_file, entitled))


@verb(
    app,
    "check",
    _("Ask each network whether it still lets us in. A paused account that is let in again goes on."),
    "piquet account check",
)
def check(newsroom: Slug = "") -> None:
    with inside() as here:
        owner = here.read(partial(the_newsroom, slug=newsroom))
        every = here.read(lambda tx: account.of_newsroom(saved(owner.id), tx))
        rows, refused = [row for row in every if not row.forgotten], 0
        for row in rows:
            try:
                who = here.do(recheck(here.house.seats, here.house.store, row, here.now))
                show(str(say("✓ {handle} ({network}) is let in.", handle=who.handle, network=row.network)))
            except Problem as problem:
                refused += 1
                show(
                    str(
                        say(
                            "✗ {handle} ({network}): {problem}", handle=row.handle, network=row.network, problem=problem
                        )
                    )
                )
    if not rows:
        show(_("No account is connected: “piquet account connect mastodon”."))
    if refused:
        raise typer.Exit(1)


verb(
    app,
    "forget",
    _(
        "Let an account go: its access is given back where the network takes it, Piquet’s copy is erased, what waits "
        "is withdrawn. What was posted stays posted, and on record. It can be connected again at any time."
    ),
    "piquet account forget desk.bsky.social",
    "piquet account forget @desk@mastodon.social --yes",
)(forget)


@verb(app, "list", _("List the connected accounts."), "piquet account list", "piquet account list --json")
def listing(newsroom: Slug = "", as_json: Json = False) -> None:
    with inside() as here:
        owner = here.read(partial(the_newsroom, slug=newsroom))
        rows = here.read(lambda tx: account.of_newsroom(saved(owner.id), tx))
    if as_json:
        show_json([as_value(row) for row in rows])
    elif rows:
        show(listed(rows, owner.zone))
    else:
        show(_("No account is connected: “piquet account connect mastodon”."))


def listed(rows: list[Account], zone: str) -> RenderableType:
    """One line an account."""
    heads = (_("No."), _("Account"), _("Network"), _("State"), _("Declared entitled"))
    return table(
        heads, [(str(row.id), row.handle, row.network, state(row), local(row.entitled_at, zone)) for row in rows]
    )


def state(row: Account) -> str:
    """In words, with the network's own where it is paused."""
    if row.forgotten:
        return _("forgotten")
    return (
        _("✓ connected") if row.state == AccountState.CONNECTED else str(say("! paused: {reason}", reason=row.reason))
    )


def as_value(row: Account) -> dict[str, object]:
    """An account for machines; nothing secret."""
    return {
        "id": row.id,
        "network": row.network,
        "handle": row.handle,
        "url": row.url,
        "state": row.state,
        "reason": row.reason or None,
        "bot": row.bot,
        "limit": row.limits.get("text"),
        "entitled_at": row.entitled_at,
        "verified_at": row.verified_at,
    }
