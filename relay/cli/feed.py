# SPDX-License-Identifier: AGPL-3.0-or-later
"""``piquet feed``: add, look into, list, change and remove the feeds that are watched."""

from functools import partial
from typing import Annotated

import typer

from relay.cli.feed_list import listing
from relay.cli.feed_report import failed, reported
from relay.cli.feed_watch import watch
from relay.cli.inside import inside
from relay.cli.nouns import noun, verb
from relay.cli.options import Json, Slug
from relay.cli.screen import show, show_json
from relay.cli.which import the_newsroom
from relay.faults import Invalid
from relay.feeds.allowance import allow
from relay.feeds.doctor.check import examine
from relay.feeds.doctor.report import Failure
from relay.i18n import _, say
from relay.store.columns import saved

Number = Annotated[int, typer.Argument(metavar=_("NUMBER"), help=_("As “piquet feed list” shows it."))]

app = noun(_("The feeds that are watched, and what Piquet reads in them."))


@verb(
    app,
    "add",
    _(
        "Watch a feed. Give its address, or that of the newsroom’s front page: its feed is looked for there. What the "
        "feed holds now counts as known, so nothing old is ever answered."
    ),
    "piquet feed add https://www.example.org/rss.xml",
    "piquet feed add https://www.example.org --newsroom echo",
)
def add(
    address: Annotated[str, typer.Argument(metavar=_("ADDRESS"), help=_("Of a feed, or of a page that names it."))],
    newsroom: Slug = "",
) -> None:
    with inside() as here:
        owner = here.read(partial(the_newsroom, slug=newsroom))
        row = here.do(here.house.watch.subscribe(saved(owner.id), address))
        show(str(say("✓ {title} is watched: {address}", title=row.title or owner.name, address=row.address)))
        show(_("What it holds now counts as known; only what appears from here on is answered."))


@verb(
    app,
    "check",
    _(
        "Tell everything about a feed, at an address or in a file: what Piquet would notice, when it would look, what "
        "is wrong and how to mend it. Forward it to the webmaster as it is. Nothing is kept. With --json every entry’s "
        "id, link, title and date come as read."
    ),
    "piquet feed check https://www.example.org/rss.xml",
    "piquet feed check saved.xml --json",
)
def check(
    address: Annotated[str, typer.Argument(metavar=_("ADDRESS|FILE"), help=_("Of a feed, a page, or a file here."))],
    as_json: Json = False,
) -> None:
    with inside() as here:
        house = here.house
        found = here.do(examine(house.outside, house.parser, address, floor=house.settings.look_floor))
    if as_json:
        show_json(found.as_json())
    else:
        show(*(failed(found) if isinstance(found, Failure) else reported(found)))
    if isinstance(found, Failure):
        raise found.fault


verb(
    app,
    "watch",
    _(
        "Look at a feed live, as often as during a strike, and tell line by line what Piquet would do. The feed need "
        "not be added; nothing is stored or posted. Ctrl-C ends it."
    ),
    "piquet feed watch https://www.example.org/rss.xml",
    "piquet feed watch https://www.example.org --every 60 --for 30",
)(watch)

verb(
    app,
    "list",
    _("List the feeds of a newsroom, when they are looked at, and what is the matter with them."),
    "piquet feed list",
    "piquet feed list --json",
)(listing)


@verb(
    app,
    "change",
    _(
        "Say what the owner of a feed allows: how often it may be looked at during a strike, and how many new articles "
        "at once are normal. 0 goes back to the usual. Holds from the next look on."
    ),
    "piquet feed change 2 --every 30",
    "piquet feed change 2 --flood 25",
)
def change(
    number: Number,
    every: Annotated[
        int | None,
        typer.Option(
            metavar=_("SECONDS"),
            show_default=False,
            help=_("The shortest time between two looks during a strike, from 30 to 300."),
        ),
    ] = None,
    flood: Annotated[
        int | None,
        typer.Option(
            metavar=_("ARTICLES"), show_default=False, help=_("More new ones than this in one look wait for a person.")
        ),
    ] = None,
    newsroom: Slug = "",
) -> None:
    if every is None and flood is None:
        raise Invalid(say("Say what to change: --every SECONDS, --flood ARTICLES, or both."))
    with inside() as here:
        owner = here.read(partial(the_newsroom, slug=newsroom))
        row = here.write(lambda tx: allow(saved(owner.id), tx, number, every=every, flood=flood))
        usual = here.house.settings
    show(str(say("✓ {title} is changed:", title=row.title or row.address)))
    show(
        str(
            say(
                "during a strike never looked at more often than every {n} seconds",
                n=row.floor or round(usual.look_floor),
            )
        )
    )
    show(str(say("more than {n} new articles at once wait for a person", n=row.threshold or usual.flood_threshold)))


@verb(
    app,
    "remove",
    _("Watch a feed no more. What it brought stays known, so that adding it again answers nothing old."),
    "piquet feed remove 2",
)
def remove(number: Number, newsroom: Slug = "") -> None:
    with inside() as here:
        owner = here.read(partial(the_newsroom, slug=newsroom))
        row = here.do(here.house.watch.unsubscribe(saved(owner.id), number))
        show(str(say("✓ {address} is not watched any more.", address=row.address)))
