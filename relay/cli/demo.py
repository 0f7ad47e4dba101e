# SPDX-License-Identifier: AGPL-3.0-or-later
"""``piquet demo``: a whole strike in fast motion, with the real relay, on loopback."""

import asyncio
from typing import Annotated

import typer
from rich.console import Console

from relay.cli.nouns import alone
from relay.demo.farm import tend
from relay.demo.story import tell
from relay.i18n import _

app, command = alone(
    _(
        "Tell a whole strike in half a minute, with nothing to configure: a newsroom, a Mastodon and a Bluesky on this "
        "machine, and the real relay between them. Nothing leaves this machine. Leaves with an error if any article "
        "did not get exactly one notice on each account."
    ),
    "piquet demo",
    "piquet demo --once --json",
    "piquet demo --seconds 20 --port 8080",
    "piquet demo --farm 1000",
)


@command
def demo(
    once: Annotated[
        bool,
        typer.Option("--once", metavar="", help=_("Leave when the strike has ended; always so without a terminal.")),
    ] = False,
    seconds: Annotated[
        float | None, typer.Option("--seconds", metavar="N", min=1, help=_("Leave after that many seconds at most."))
    ] = None,
    as_json: Annotated[
        bool,
        typer.Option(
            "--json", metavar="", help=_("End with the summary as one line of JSON; all else goes to stderr.")
        ),
    ] = False,
    port: Annotated[
        int,
        typer.Option("--port", metavar="N", min=0, max=65535, help=_("The port of the page; 0 takes any free one.")),
    ] = 0,
    feeds: Annotated[
        int,
        typer.Option(
            "--farm", metavar="N", min=0, help=_("Watch that many feeds instead, one in ten of which misbehaves.")
        ),
    ] = 0,
) -> None:
    console = Console(stderr=as_json, highlight=False)
    if feeds:
        raise typer.Exit(asyncio.run(tend(console, feeds, seconds=seconds or 60.0, as_json=as_json)))
    raise typer.Exit(asyncio.run(tell(console, once=once, seconds=seconds, as_json=as_json, port=port)))
