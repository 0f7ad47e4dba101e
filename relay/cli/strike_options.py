# SPDX-License-Identifier: AGPL-3.0-or-later
"""The options that say what a strike is, for ``strike plan`` and ``init``."""

from typing import Annotated, Literal

import typer

from relay.i18n import _

Texts = list[str] | None

Windows = Annotated[
    Texts, typer.Option("--window", metavar=_("FROM-TO"), help=_("9h-19h, or 2026-12-17 09:00-19:00. Repeatable."))
]
Demands = Annotated[
    Texts, typer.Option("--demand", metavar=_("TEXT"), help=_("A demand; several take turns. Repeatable."))
]
Reason = Annotated[str, typer.Option("--reason", metavar=_("TEXT"), help=_("Why you are on strike, in a sentence."))]
Link = Annotated[str, typer.Option("--link", metavar=_("ADDRESS"), help=_("Your petition or strike fund."))]
Hashtags = Annotated[Texts, typer.Option("--hashtag", metavar=_("TEXT"), help=_("With or without #. Repeatable."))]
Languages = Annotated[
    Texts, typer.Option("--language", metavar="en|fr", help=_("Language of the notices. Repeatable."))
]
Wordings = Annotated[
    Texts,
    typer.Option("--wording", metavar=_("TEXT"), help=_("For an article: “On strike: {title} {link}”. Repeatable.")),
]
StartWordings = Annotated[
    Texts, typer.Option("--start-wording", metavar=_("TEXT"), help=_("For the start. Repeatable."))
]
EndWordings = Annotated[Texts, typer.Option("--end-wording", metavar=_("TEXT"), help=_("For the end. Repeatable."))]
Accounts = Annotated[
    Texts, typer.Option("--account", metavar=_("HANDLE"), help=_("Speak through this account only. Repeatable."))
]
Visibility = Annotated[
    Literal["public", "unlisted", "private"], typer.Option("--visibility", help=_("Visibility on Mastodon."))
]
Warned = Annotated[str, typer.Option("--warning", metavar=_("TEXT"), help=_("A content warning, on Mastodon."))]
Picture = Annotated[
    Literal["none", "start", "all"],
    typer.Option("--picture", help=_("none: no strike picture. start: on the start notice. all: on every notice.")),
]
AgeLimit = Annotated[
    float | None, typer.Option("--age-limit", metavar=_("HOURS"), help=_("An older article gets no notice."))
]
