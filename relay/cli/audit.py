# SPDX-License-Identifier: AGPL-3.0-or-later
"""``piquet audit``: does every article have its notice on every account, and only one?"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Annotated

import typer

from relay.cli.inside import Inside, inside
from relay.cli.moment import local
from relay.cli.nouns import alone
from relay.cli.options import Json, Slug
from relay.cli.reasons import DELIVERY, KIND
from relay.cli.screen import show, show_json
from relay.cli.which import the_newsroom
from relay.deliveries import audit as audits
from relay.deliveries.audit import NOTES, Gap, Report, Wrong
from relay.deliveries.comparison import read_back
from relay.deliveries.reconcile import Reader
from relay.i18n import Message, _, say, say_n
from relay.store import strike as strikes
from relay.store.columns import saved
from relay.strikes.plan import get
from relay.terms import StrikeState

WRONG: Mapping[Wrong, Message] = {
    Wrong.UNOPENED: say("this window passed and was never opened: keep “piquet run” going during a strike"),
    Wrong.UNANNOUNCED: say("it was never planned: report this, it is a mistake of Piquet’s"),
    Wrong.UNANSWERED: say("it has no notice: report this, and post one by hand"),
    Wrong.UNDELIVERED: say("nothing was planned there: report this, and post it by hand"),
    Wrong.UNSETTLED: say("it is not settled although the window is over: run “piquet run” until it is"),
    Wrong.UNPROVEN: say("it counts as sent, but nothing proves it: look at the account"),
    Wrong.SHARED: say("another notice has the same post as its proof: one of the two is missing; look at the account"),
    Wrong.OUTSIDE: say("it was begun outside of its window: look at the account, and report this"),
    Wrong.UNASKED: say("nobody asked for this notice: look at the account, and report this"),
    Wrong.GONE: say("it was sent, but does not stand there any more: somebody has deleted it, or the network has"),
    Wrong.TWIN: say("it stands there twice: delete this one"),
    Wrong.STANDING: say(
        "it stands there although the ledger says otherwise: delete it, or count it with “piquet delivery”"
    ),
    Wrong.STRANGER: say("another post leads to the same article; it is not one of Piquet’s notices"),
    Wrong.UNREAD: say("the account could not be read; try again later"),
    Wrong.UNREADABLE: say("the network shows nobody’s posts to Piquet; look at the account yourself"),
}
LEFT_OUT: Mapping[str, Message] = {
    "held": say("held for a person"),
    "dropped": say("dropped by a person"),
    "silent": say("older than the watch"),
    "earlier": say("published before the window"),
}

app, command = alone(
    _(
        "Account for every notice of a strike: what had to be said, worked out from articles, windows and accounts, "
        "against what the ledger holds. Every gap is named. The exit code is 1 if it does not add up."
    ),
    "piquet audit",
    "piquet audit --strike 3 --read-back",
    "piquet audit --json",
)


@command
def audit(
    strike: Annotated[
        int,
        typer.Option("--strike", metavar=_("STRIKE"), show_default=False, help=_("Only the strike of that number.")),
    ] = 0,
    back: Annotated[
        bool, typer.Option("--read-back", metavar="", help=_("Also compare with what stands on the accounts now."))
    ] = False,
    newsroom: Slug = "",
    as_json: Json = False,
) -> None:
    with inside() as here:
        owner = here.read(partial(the_newsroom, slug=newsroom))
        reports = audited(here, saved(owner.id), strike, back=back)
    if as_json:
        show_json([as_value(each) for each in reports])
    for each in () if as_json else reports:
        show(*told(each, owner.zone))
    if not reports and not as_json:
        show(_("No strike was armed yet: there is nothing to account for."))
    if not all(each.adds_up for each in reports):
        raise typer.Exit(1)


def audited(here: Inside, newsroom: int, number: int, *, back: bool) -> list[Report]:
    """The report of that strike, or of every one that was armed."""
    if number:
        wanted = [here.read(partial(get, newsroom, number=number))]
    else:
        every = here.read(lambda tx: strikes.of_newsroom(newsroom, tx))
        wanted = [row for row in every if row.state != StrikeState.DRAFT]
    return [here.do(_one(here, newsroom, saved(row.id), back=back)) for row in wanted]


async def _one(here: Inside, newsroom: int, number: int, *, back: bool) -> Report:
    house = here.house
    report = await audits.of_strike(house.store, newsroom, number, here.now)
    if not back:
        return report
    reader = Reader(house.store, house.outside.clock, house.seats.cards, house.seats.connect)
    return replace(report, gaps=(*report.gaps, *await read_back(reader, newsroom, number)))


def told(report: Report, zone: str) -> Iterator[str]:
    """One strike: its sums, then a line for every gap."""
    yield str(say("Strike {number}, “{name}”", number=report.strike, name=report.name))
    articles = say_n("{n} article", "{n} articles", report.articles)
    accounts = say_n("{n} account", "{n} accounts", report.accounts)
    windows = say_n("{n} window", "{n} windows", report.windows)
    yield f"  {articles} · {windows} · {accounts}"
    counted = " · ".join(f"{n} {DELIVERY[state]}" for state, n in report.states.items() if n)
    needed = say_n("{n} notice had to be", "{n} notices had to be", report.expected)
    yield f"  {needed}: {counted or '0'}"
    for why, n in report.left_out.items():
        spared = say_n("{n} article needs none", "{n} articles need none", n)
        yield f"  {spared}: {LEFT_OUT[why]}"
    for gap in report.gaps:
        yield line(gap, zone)
    yield _("  ✓ It adds up.") if report.adds_up else _("  ✗ It does not add up.")


def line(gap: Gap, zone: str) -> str:
    """One gap: which article, which account, what is wrong, what to do."""
    sign = "!" if gap.wrong in NOTES else "✗"
    unread = gap.wrong in (Wrong.UNREAD, Wrong.UNREADABLE)
    subject = str(say("“{title}”", title=gap.title or gap.link)) if gap.link else f"{KIND[gap.kind]}"
    if gap.wrong == Wrong.UNOPENED:
        subject = _("window")
    parts = () if unread else (f"{subject} ({local(gap.moment, zone)})",)
    shown = " · ".join(filter(None, (*parts, gap.account, gap.url, gap.words)))
    return f"  {sign} {shown}: {WRONG[gap.wrong]}"


def as_value(report: Report) -> dict[str, object]:
    """One strike for machines."""
    return {
        "strike": report.strike,
        "name": report.name,
        "adds_up": report.adds_up,
        "articles": report.articles,
        "windows": report.windows,
        "accounts": report.accounts,
        "expected": report.expected,
        "states": dict(report.states),
        "left_out": dict(report.left_out),
        "gaps": [_gap(each) for each in report.gaps],
    }


def _gap(gap: Gap) -> dict[str, object]:
    return {
        "wrong": gap.wrong,
        "kind": gap.kind,
        "title": gap.title or None,
        "link": gap.link or None,
        "moment": gap.moment,
        "account": gap.account or None,
        "delivery": gap.delivery,
        "url": gap.url or None,
        "words": gap.words or None,
    }
