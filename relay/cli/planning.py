# SPDX-License-Identifier: AGPL-3.0-or-later
"""``piquet strike plan``: its options, and the questions for what is missing."""

from dataclasses import replace
from functools import partial
from typing import Annotated

import typer

from relay.cli import strike_options as options
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


def plan(
    name: Annotated[str, typer.Option("--name", metavar=_("TEXT"), help=_("What notices call the strike."))] = "",
    window: options.Windows = None,
    demand: options.Demands = None,
    reason: options.Reason = "",
    link: options.Link = "",
    hashtag: options.Hashtags = None,
    language: options.Languages = None,
    wording: options.Wordings = None,
    start_wording: options.StartWordings = None,
    end_wording: options.EndWordings = None,
    account: options.Accounts = None,
    visibility: options.Visibility = "public",
    warning: options.Warned = "",
    picture: options.Picture = "start",
    age_limit: options.AgeLimit = None,
    newsroom: Slug = "",
) -> None:
    said = (wording or (), start_wording or (), end_wording or ())
    about = (name, reason, demand or (), link, hashtag or (), language or (), window or ())
    typed = Typed(*about, *said, account or (), visibility, warning, picture)
    with inside() as here:
        owner = here.read(partial(the_newsroom, slug=newsroom))
        hours = here.house.settings.age_limit if age_limit is None else age_limit
        row = write(here, owner, replace(completed(typed), age_limit=hours))
        show(str(say("Nothing happens yet: arm it with “piquet strike arm {number}”.", number=row.id)))


def completed(typed: Typed) -> Typed:
    """What is missing is asked for. Raises Invalid where nobody can be asked."""
    name = need(typed.name, "--name", _("What is the strike called?"))
    asked = "" if typed.windows else need("", "--window", _("From when to when? (such as 9h-19h)"), "9h-19h")
    return replace(typed, name=name, windows=typed.windows or [asked])


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
