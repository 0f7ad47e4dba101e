# SPDX-License-Identifier: AGPL-3.0-or-later
"""``piquet strike plan``: its options, and the questions for what is missing."""

from functools import partial
from typing import Annotated, Literal

import typer

from relay.cli.asking import need
from relay.cli.drafting import Typed, planned
from relay.cli.inside import Inside, inside
from relay.cli.moment import stretch
from relay.cli.options import Slug
from relay.cli.preview import rehearsed, seen
from relay.cli.screen import show
from relay.cli.which import the_newsroom
from relay.i18n import _, say
from relay.store import strike
from relay.store.columns import saved
from relay.store.newsroom import Newsroom
from relay.store.strike import Strike

Texts = list[str] | None


def plan(
    name: Annotated[str, typer.Option("--name", metavar="TEXT", help=_("What notices call the strike."))] = "",
    window: Annotated[
        Texts, typer.Option("--window", metavar="FROM-TO", help=_("9h-19h, or 2026-12-17 09:00-19:00. Repeatable."))
    ] = None,
    demand: Annotated[
        Texts, typer.Option("--demand", metavar="TEXT", help=_("A demand; several take turns. Repeatable."))
    ] = None,
    reason: Annotated[
        str, typer.Option("--reason", metavar="TEXT", help=_("Why you are on strike, in a sentence."))
    ] = "",
    link: Annotated[str, typer.Option("--link", metavar="ADDRESS", help=_("Your petition or strike fund."))] = "",
    hashtag: Annotated[
        Texts, typer.Option("--hashtag", metavar="TEXT", help=_("With or without #. Repeatable."))
    ] = None,
    language: Annotated[
        Texts, typer.Option("--language", metavar="en|fr", help=_("Of the notices. Repeatable."))
    ] = None,
    wording: Annotated[
        Texts,
        typer.Option("--wording", metavar="TEXT", help=_("For an article: “On strike: {title} {link}”. Repeatable.")),
    ] = None,
    start_wording: Annotated[
        Texts, typer.Option("--start-wording", metavar="TEXT", help=_("For the start. Repeatable."))
    ] = None,
    end_wording: Annotated[
        Texts, typer.Option("--end-wording", metavar="TEXT", help=_("For the end. Repeatable."))
    ] = None,
    account: Annotated[
        Texts, typer.Option("--account", metavar="HANDLE", help=_("Speak through this account only. Repeatable."))
    ] = None,
    visibility: Annotated[
        Literal["public", "unlisted", "private"], typer.Option("--visibility", help=_("On Mastodon."))
    ] = "public",
    warning: Annotated[str, typer.Option("--warning", metavar="TEXT", help=_("A content warning, on Mastodon."))] = "",
    picture: Annotated[
        Literal["none", "start", "all"], typer.Option("--picture", help=_("Which notices carry the strike picture."))
    ] = "start",
    age_limit: Annotated[
        float | None, typer.Option("--age-limit", metavar="HOURS", help=_("An older article gets no notice."))
    ] = None,
    newsroom: Slug = "",
) -> None:
    with inside() as here:
        owner = here.read(partial(the_newsroom, slug=newsroom))
        typed = Typed(
            name=need(name, "--name", _("What is the strike called?")),
            windows=window or [need("", "--window", _("From when to when? (such as 9h-19h)"), "9h-19h")],
            reasons=reason,
            demands=demand or (),
            link=link,
            hashtags=hashtag or (),
            languages=language or (),
            wordings=wording or (),
            start_wordings=start_wording or (),
            end_wordings=end_wording or (),
            accounts=account or (),
            visibility=visibility,
            warning=warning,
            picture=picture,
            age_limit=age_limit if age_limit is not None else here.house.settings.age_limit,
        )
        row = write(here, owner, typed)
        show(str(say("Nothing happens yet: arm it with “piquet strike arm {number}”.", number=row.id)))


def write(here: Inside, owner: Newsroom, typed: Typed) -> Strike:
    """Keep the draft and show how its notices would look."""
    cards = here.house.seats.cards
    row = here.write(lambda tx: planned(tx, owner, typed, cards, here.now))
    number = saved(row.id)
    slots = here.read(lambda tx: strike.slots(saved(owner.id), tx, number))
    show(*seen(here.read(lambda tx: rehearsed(tx, owner, row, cards, here.now, every=False)), cards))
    show(str(say("✓ Strike {number}, “{name}”, is planned.", number=number, name=row.name)))
    for slot in slots:
        show(str(say("  Window {window} ({zone})", window=stretch(slot.window, owner.zone), zone=owner.zone)))
    return row
