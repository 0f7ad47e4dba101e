# SPDX-License-Identifier: AGPL-3.0-or-later
"""``piquet feed``: watch a feed, look into one, list those that are watched."""

from datetime import datetime
from functools import partial
from typing import Annotated

import typer
from rich.console import RenderableType

from relay.cli.inside import inside
from relay.cli.moment import ago, local
from relay.cli.nouns import noun, verb
from relay.cli.options import Json, Slug
from relay.cli.screen import show, show_json, table
from relay.cli.which import the_newsroom
from relay.feeds.check import Report
from relay.feeds.check import check as read
from relay.i18n import _, say
from relay.store import feed
from relay.store.columns import saved
from relay.store.feed import Feed

SHOWN = 10

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
        "Show what Piquet reads at an address or in a file, and what is wrong with it. Nothing is kept. With --json "
        "every entry’s id, link, title and date come as read."
    ),
    "piquet feed check https://www.example.org/rss.xml",
    "piquet feed check saved.xml --json",
)
def check(
    address: Annotated[str, typer.Argument(metavar=_("ADDRESS|FILE"), help=_("Of a feed, a page, or a file here."))],
    as_json: Json = False,
) -> None:
    with inside() as here:
        report = here.do(read(here.house.outside, here.house.parser, address))
    if as_json:
        show_json(report.as_json())
    else:
        show(*reported(report))


@verb(app, "list", _("List the feeds of a newsroom and how they are."), "piquet feed list", "piquet feed list --json")
def listing(newsroom: Slug = "", as_json: Json = False) -> None:
    with inside() as here:
        owner = here.read(partial(the_newsroom, slug=newsroom))
        rows = here.read(lambda tx: feed.of_newsroom(saved(owner.id), tx))
        now = here.now
    if as_json:
        show_json([as_value(row) for row in rows])
    elif rows:
        show(listed(rows, now))
    else:
        show(_("The newsroom has no feed yet: add one with “piquet feed add ADDRESS”."))


@verb(
    app,
    "remove",
    _("Watch a feed no more. What it brought stays known, so that adding it again answers nothing old."),
    "piquet feed remove 2",
)
def remove(
    number: Annotated[int, typer.Argument(metavar=_("NUMBER"), help=_("As “piquet feed list” shows it."))],
    newsroom: Slug = "",
) -> None:
    with inside() as here:
        owner = here.read(partial(the_newsroom, slug=newsroom))
        row = here.do(here.house.watch.unsubscribe(saved(owner.id), number))
        show(str(say("✓ {address} is not watched any more.", address=row.address)))


def reported(report: Report) -> list[RenderableType]:
    """The report for a person: what it is, its newest entries, and what is wrong."""
    document = report.document
    head = say(
        "✓ {address} is a feed ({kind}) with {n} entries: {title}",
        address=report.address,
        kind=document.kind,
        n=len(document.entries),
        title=document.title or _("without a title"),
    )
    rows = [(_when(entry.published), entry.title or "–", entry.link or "–") for entry in document.entries[:SHOWN]]
    parts: list[RenderableType] = [str(head), table((_("Published (UTC)"), _("Title"), _("Link")), rows)]
    if len(document.entries) > SHOWN:
        parts.append(str(say("… and {n} more; --json shows them all.", n=len(document.entries) - SHOWN)))
    parts += [f"! {warning}" for warning in report.warnings]
    parts += [
        str(say("The page names another feed: {address} {title}", address=each.address, title=each.title))
        for each in report.others
    ]
    return parts


def listed(rows: list[Feed], now: datetime) -> RenderableType:
    """One line a feed; trouble in words."""
    heads = (_("No."), _("Feed"), _("Last look"), _("State"))
    return table(
        heads,
        [
            (str(row.id), f"{row.title}\n{row.address}".strip(), str(ago(row.looked_at, now)), _state(row))
            for row in rows
        ],
    )


def as_value(row: Feed) -> dict[str, object]:
    """A feed for machines."""
    return {
        "id": row.id,
        "address": row.address,
        "title": row.title,
        "looked_at": row.looked_at,
        "next_look_at": row.next_look_at,
        "failures": row.failures,
        "fault": row.fault or None,
    }


def _state(row: Feed) -> str:
    return f"! {row.fault}" if row.fault else _("✓ well")


def _when(moment: datetime | None) -> str:
    return local(moment, "UTC") if moment else "–"
