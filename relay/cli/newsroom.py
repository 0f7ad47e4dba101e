# SPDX-License-Identifier: AGPL-3.0-or-later
"""``piquet newsroom``: take newsrooms in, list them."""

import os
from typing import Annotated

import typer

from relay.cli.inside import inside
from relay.cli.nouns import noun, verb
from relay.cli.options import Json
from relay.cli.screen import show, show_json, table
from relay.cli.zone import guessed
from relay.i18n import _, say, spoken
from relay.store import newsroom
from relay.strikes.newsrooms import add as take_in

app = noun(_("The newsrooms of this instance. Each has its own feeds, accounts and strikes."))


@verb(
    app,
    "add",
    _("Take a newsroom in. Its time zone is that of this machine unless you say otherwise."),
    'piquet newsroom add "L’Écho du Lac"',
    'piquet newsroom add "The Harbour Post" --zone Europe/London --language en',
)
def add(
    name: Annotated[str, typer.Argument(metavar=_("NAME"), help=_("Its name, as readers know it."))],
    zone: Annotated[
        str, typer.Option("--zone", metavar=_("ZONE"), help=_("Its time zone, such as Europe/Paris."))
    ] = "",
    slug: Annotated[
        str, typer.Option("--slug", metavar=_("TEXT"), help=_("Its short name in commands; made from the name."))
    ] = "",
    language: Annotated[str, typer.Option("--language", metavar="en|fr", help=_("The language it writes in."))] = "",
) -> None:
    with inside() as here:
        row = here.write(
            lambda tx: take_in(tx, name, zone or guessed(os.environ), language or spoken(), here.now, slug)
        )
        show(
            str(
                say(
                    "✓ {name} is taken in as {slug}, in the time zone {zone}.",
                    name=row.name,
                    slug=row.slug,
                    zone=row.zone,
                )
            )
        )
        show(_("Next: piquet feed add ADDRESS"))


@verb(app, "list", _("List the newsrooms of this instance."), "piquet newsroom list", "piquet newsroom list --json")
def listing(as_json: Json = False) -> None:
    with inside() as here:
        rows = here.read(newsroom.every)
    if as_json:
        show_json([{"slug": row.slug, "name": row.name, "zone": row.zone, "language": row.language} for row in rows])
    elif rows:
        cells = [(row.slug, row.name, row.zone, row.language) for row in rows]
        show(table((_("Short name"), _("Newsroom"), _("Time zone"), _("Language")), cells))
    else:
        show(_("There is no newsroom yet: run “piquet init”, or “piquet newsroom add NAME”."))
