# SPDX-License-Identifier: AGPL-3.0-or-later
"""``piquet init``: the whole evening before, in questions, or in options for a script."""

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from relay.cli import strike_options as options
from relay.cli.connecting import Typed as Credentials
from relay.cli.drafting import Typed
from relay.cli.evening import Answers, add_feed, arm_it, connect_accounts, name_newsroom, plan_strike
from relay.cli.inside import inside
from relay.cli.nouns import alone
from relay.cli.screen import show
from relay.i18n import _
from relay.store import alert
from relay.store.columns import saved

app, command = alone(
    _(
        "Set everything up, step by step: newsroom, feed, accounts, strike, preview, arming. Enter skips a question; "
        "run it again to go on where you left off. With options it asks nothing that they answer."
    ),
    "piquet init",
    'piquet init --name "L’Écho du Lac" --feed https://www.example.org',
    "piquet init --name Echo --bluesky desk.example.org --bluesky-token-file pw.txt --entitled --strike Paie --arm",
)


@command
def init(
    name: Annotated[str, typer.Option("--name", metavar=_("TEXT"), help=_("The newsroom’s name."))] = "",
    zone: Annotated[
        str, typer.Option("--zone", metavar=_("ZONE"), help=_("Its time zone, such as Europe/Paris."))
    ] = "",
    language: Annotated[str, typer.Option("--language", metavar="en|fr", help=_("The language it writes in."))] = "",
    feed: Annotated[str, typer.Option("--feed", metavar=_("ADDRESS"), help=_("Its feed, or its front page."))] = "",
    mastodon: Annotated[
        str, typer.Option("--mastodon", metavar=_("SERVER"), help=_("A Mastodon account’s server."))
    ] = "",
    mastodon_token: Annotated[
        Path | None, typer.Option("--mastodon-token-file", metavar=_("FILE"), help=_("The file with its access token."))
    ] = None,
    bluesky: Annotated[str, typer.Option("--bluesky", metavar=_("HANDLE"), help=_("A Bluesky account."))] = "",
    bluesky_token: Annotated[
        Path | None, typer.Option("--bluesky-token-file", metavar=_("FILE"), help=_("The file with its app password."))
    ] = None,
    service: Annotated[
        str, typer.Option("--service", metavar=_("ADDRESS"), help=_("The Bluesky account’s server."))
    ] = "",
    entitled: Annotated[
        bool, typer.Option("--entitled", metavar="", help=_("Declare, as of now, that you may speak from them."))
    ] = False,
    strike: Annotated[str, typer.Option("--strike", metavar=_("NAME"), help=_("What notices call the strike."))] = "",
    window: options.Windows = None,
    reason: options.Reason = "",
    demand: options.Demands = None,
    link: options.Link = "",
    hashtag: options.Hashtags = None,
    wording: options.Wordings = None,
    arm: Annotated[bool, typer.Option("--arm", metavar="", help=_("Arm the strike without asking."))] = False,
) -> None:
    accounts = [
        ("mastodon", Credentials({"server": mastodon}, mastodon_token, entitled)),
        ("bluesky", Credentials({"identifier": bluesky, "service": service}, bluesky_token, entitled)),
    ]
    typed = Typed(strike, reason, demand or (), link, hashtag or (), (), window or (), wording or ())
    named = [each for each, wanted in zip(accounts, (mastodon, bluesky), strict=True) if wanted]
    evening(Answers(name, zone, language, feed, named, typed, arm))


def evening(given: Answers) -> None:
    """All steps, in one open house."""
    with inside() as here:
        owner = name_newsroom(here, given)
        add_feed(here, owner, given)
        connect_accounts(here, owner, given)
        if plan_strike(here, owner, given):
            arm_it(here, owner, given)
        channels = here.read(partial(alert.channels, saved(owner.id)))
    show("", _("Then: “piquet doctor” tells what would break tomorrow, and “piquet run” does the work."))
    if not channels:
        show(_("To be told when something needs you while it runs: “piquet alert add ADDRESS”."))
