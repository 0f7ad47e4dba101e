# SPDX-License-Identifier: AGPL-3.0-or-later
"""The command ``piquet`` itself: global options, and the table of commands. Imported once the language is known."""

from pathlib import Path
from typing import Annotated, Any

import typer

from relay import __version__
from relay.cli.lazy import Lazy
from relay.cli.told import Told, told
from relay.faults import Invalid
from relay.i18n import LANGUAGES, _, say

TABLE = {
    "init": ("relay.cli.init", _("Set everything up, step by step: ten minutes, the evening before.")),
    "newsroom": ("relay.cli.newsroom", _("The newsrooms of this instance.")),
    "feed": ("relay.cli.feed", _("The feeds that are watched, and what Piquet reads in them.")),
    "account": ("relay.cli.account", _("The accounts on Mastodon and Bluesky that notices go out from.")),
    "strike": ("relay.cli.strike", _("Plan, arm, stop and renew a strike.")),
    "preview": ("relay.cli.preview", _("Show what would be posted, as it would look. Sends nothing.")),
    "run": ("relay.cli.run", _("Watch the feeds and send the notices, until stopped.")),
    "worker": ("relay.cli.worker", _("Share that work with other machines, on PostgreSQL.")),
    "web": ("relay.cli.web", _("Serve the pages by which machines learn how Piquet is.")),
    "status": ("relay.cli.status", _("How the strike stands: one screen.")),
    "held": ("relay.cli.held", _("Articles that wait for a person.")),
    "delivery": ("relay.cli.delivery", _("Notices that may be out or not; you look and decide.")),
    "audit": ("relay.cli.audit", _("Account for every notice: what had to be said against what was.")),
    "alert": ("relay.cli.alert", _("Where strikers are told that something needs them.")),
    "clock": ("relay.cli.clock", _("Whether this machine’s clock is trusted, and what to do if not.")),
    "doctor": ("relay.cli.doctor", _("What would break tomorrow morning, and what to do about it.")),
    "backup": ("relay.cli.backup", _("Everything in one file, while the relay goes on.")),
    "restore": ("relay.cli.restore", _("Read a backup back; nothing is sent twice.")),
    "move": ("relay.cli.move", _("From SQLite to PostgreSQL, or back.")),
    "demo": ("relay.cli.demo", _("A whole strike in fast motion on this machine, nothing to configure.")),
}


class Piquet(Lazy):
    """The commands of ``piquet``."""

    table = TABLE


app = typer.Typer(
    cls=Piquet,
    help=_("Piquet, a strike relay: while you are on strike, every article is answered by one notice."),
    epilog=_("Begin with “piquet demo” to see it work, and with “piquet init” to set it up."),
    no_args_is_help=True,
    add_completion=False,
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"piquet {__version__}")
        raise typer.Exit


def _language(name: str) -> str:
    if name and name not in LANGUAGES:
        raise Invalid(say("Piquet does not speak “{language}” yet; choose fr or en.", language=name))
    return name


@app.callback()
def piquet(
    settings: Annotated[
        Path | None, typer.Option("--settings", metavar=_("FILE"), help=_("The settings file, if not the usual one."))
    ] = None,
    language: Annotated[
        str, typer.Option("--language", metavar="en|fr", callback=_language, help=_("Speak this language."))
    ] = "",
    debug: Annotated[
        bool, typer.Option("--debug", metavar="", help=_("Log everything, and show where a mistake happened."))
    ] = False,
    version: Annotated[
        bool, typer.Option("--version", metavar="", callback=_version, is_eager=True, help=_("Show the version."))
    ] = False,
) -> Any:
    told.set(Told(settings, debug))
