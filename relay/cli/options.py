# SPDX-License-Identifier: AGPL-3.0-or-later
"""Options that several commands share."""

from typing import Annotated

import typer

from relay.i18n import _

Slug = Annotated[
    str,
    typer.Option("--newsroom", metavar=_("SLUG"), help=_("The newsroom’s short name; needless while there is one.")),
]
Json = Annotated[bool, typer.Option("--json", metavar="", help=_("Print JSON for a machine."))]
Number = Annotated[
    int,
    typer.Argument(
        metavar=_("STRIKE"),
        show_default=False,
        help=_("The strike’s number. Without it the armed or the next strike is taken."),
    ),
]
Draft = Annotated[
    int,
    typer.Argument(
        metavar=_("STRIKE"), show_default=False, help=_("The strike’s number; needless while there is one draft.")
    ),
]
