# SPDX-License-Identifier: AGPL-3.0-or-later
"""``piquet doctor``: what would break tomorrow morning, and what to do about it tonight."""

import typer
from rich.text import Text

from relay.cli import clock
from relay.cli.finding import Finding, as_value, broken, listed
from relay.cli.ground import database, ground, key
from relay.cli.inside import Inside, inside
from relay.cli.nouns import alone
from relay.cli.options import Json, Slug
from relay.cli.readiness import readiness
from relay.cli.screen import show, show_json
from relay.cli.standing import Picture
from relay.cli.status import pictures
from relay.faults import Unusable
from relay.i18n import _, say, say_n

app, command = alone(
    _(
        "Look at everything the strike needs: clock, time zone, database, key, feeds, accounts, limits, wordings. "
        "Feeds and networks are asked now. The exit code is 1 if something would break."
    ),
    "piquet doctor",
    "piquet doctor --newsroom echo --json",
)


@command
def doctor(newsroom: Slug = "", as_json: Json = False) -> None:
    groups = examined(newsroom)
    findings = [each for _name, group in groups for each in group]
    count = sum(each.mark == "broken" for each in findings)
    if as_json:
        show_json([{"newsroom": name or None, **as_value(each)} for name, group in groups for each in group])
    else:
        for name, group in groups:
            show(Text(name or _("This machine"), style="bold"), listed(group), "")
        show(verdict(count))
    if count:
        raise typer.Exit(1)


def examined(slug: str) -> list[tuple[str, list[Finding]]]:
    """The machine's findings under "", then each newsroom's under its name."""
    try:
        with inside() as here:
            house = here.house
            machine = [*ground(house), here.do(database(house)), here.do(key(house))]
            machine.append(clock.told(clock.seen(here), here.now))
            groups = [("", machine)]
            seen = pictures(here, slug)
            groups += [(each.newsroom.name, here.do(_asked(here, each))) for each in seen]
    except Unusable as problem:  # the house does not even open
        return [("", [broken(say("Database"), problem.message)])]
    if not seen:
        groups[0][1].append(broken(say("Newsroom"), say("none yet: run “piquet init”")))
    return groups


def verdict(count: int) -> str:
    """The last line."""
    if not count:
        return _("✓ Ready for tomorrow morning.")
    return str(say_n("✗ {n} thing would break tomorrow morning.", "✗ {n} things would break tomorrow morning.", count))


async def _asked(here: Inside, seen: Picture) -> list[Finding]:
    return [each async for each in readiness(here.house, seen)]
