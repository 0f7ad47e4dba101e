# SPDX-License-Identifier: AGPL-3.0-or-later
"""``piquet status``: how the strike stands, on one screen of 80 columns."""

from collections.abc import Iterator

from rich.console import RenderableType
from rich.text import Text
from sqlmodel.ext.asyncio.session import AsyncSession

from relay.cli import clock
from relay.cli.inside import Inside, inside
from relay.cli.moment import lasting, local, stretch
from relay.cli.nouns import alone
from relay.cli.options import Json, Slug
from relay.cli.reasons import DELIVERY, STRIKE, advice, because, held_because
from relay.cli.screen import show, show_json, table
from relay.cli.standing import WAITING, Picture, as_value, picture
from relay.cli.watched import feeds
from relay.cli.which import the_newsroom
from relay.i18n import _, say, say_n
from relay.store import newsroom as newsrooms
from relay.store.account import Account
from relay.store.standing import Standing
from relay.terms import AccountState, DeliveryState

app, command = alone(
    _("How the strike stands: time left, articles answered, what each account has sent, and what needs you."),
    "piquet status",
    "piquet status --newsroom echo --json",
)


@command
def status(newsroom: Slug = "", as_json: Json = False) -> None:
    with inside() as here:
        seen, warned = pictures(here, newsroom), clock.told(clock.seen(here), here.now)
    if as_json:
        show_json([as_value(each) for each in seen])
        return
    if warned.mark != "ok":
        show(str(say("! {words}", words=warned.words)), "")
    for each in seen:
        show(*screen(each))
    if not seen:
        show(_("There is no newsroom yet: run “piquet init”, or “piquet newsroom add NAME”."))


def pictures(here: Inside, slug: str) -> list[Picture]:
    """The newsroom of that short name, or all."""

    async def look(tx: AsyncSession) -> list[Picture]:
        rows = [await the_newsroom(tx, slug)] if slug else await newsrooms.every(tx)
        return [await picture(tx, row, here.now) for row in rows]

    return here.read(look)


def screen(seen: Picture) -> Iterator[RenderableType]:
    """The strike, the feeds, the accounts, and what a person has to do."""
    yield Text(f"{seen.newsroom.name} · {local(seen.now, seen.newsroom.zone)} ({seen.newsroom.zone})", style="bold")
    yield from _strike(seen)
    yield ""
    yield from feeds(seen)
    yield ""
    yield _accounts(seen) if seen.accounts else _("No account is connected: “piquet account connect mastodon”.")
    to_do = list(todo(seen))
    if to_do:
        yield ""
        yield Text(_("What needs a look"), style="bold")
        yield from to_do


def _strike(seen: Picture) -> Iterator[str]:
    if seen.strike is None:
        yield _("No strike is planned: “piquet strike plan”.")
        return
    yield str(
        say("Strike {id}, “{name}”: {state}", id=seen.strike.id, name=seen.strike.name, state=STRIKE[seen.strike.state])
    )
    zone = seen.newsroom.zone
    if seen.open:
        left = lasting(seen.open.closes - seen.now)
        yield str(say("Window {window}: {left} left", window=stretch(seen.open, zone), left=left))
    elif seen.coming:
        wait = lasting(seen.coming.opens - seen.now)
        yield str(say("Next window {window}: opens in {wait}", window=stretch(seen.coming, zone), wait=wait))
    else:
        yield _("No window is to come.")
    yield str(say_n("{n} article answered", "{n} articles answered", seen.articles))
    if seen.drafts:
        yield str(
            say_n("{n} draft besides: “piquet strike list”", "{n} drafts besides: “piquet strike list”", seen.drafts)
        )


def _accounts(seen: Picture) -> RenderableType:
    heads = (_("Account"), _("State"), _("Sent"), _("Waiting"), _("Not sent"))
    return table(heads, [_row(seen, each) for each in seen.accounts])


def _row(seen: Picture, owner: Account) -> tuple[str, ...]:
    sent, waiting = seen.count(owner, DeliveryState.SENT), seen.count(owner, *WAITING)
    rest = sum(each.count for each in seen.notices if each.account == owner.id) - sent - waiting
    return (f"{owner.handle} ({owner.network})", _state(owner), str(sent), str(waiting), str(rest))


def _state(owner: Account) -> str:
    if owner.forgotten:
        return _("forgotten")
    return _("✓ connected") if owner.state == AccountState.CONNECTED else _("! paused")


def todo(seen: Picture) -> Iterator[str]:
    """What needs a person, each with what to do."""
    for owner in seen.paused:
        yield str(say("! {name}: {words}", name=owner.handle, words=owner.reason))
        yield f"  → piquet account connect {owner.network}"
    for owner in seen.unread:
        yield str(say("! {name}: its posts are read back after the restore; nothing is sent before", name=owner.handle))
        yield _("  → wait for its server; “piquet restore --go-on” has the others go on without it")
    for hold in seen.holds:
        yield f"! {held_because(hold.reason)} ({local(hold.made_at, seen.newsroom.zone)})"
        yield "  → piquet held list"
    for owner in seen.accounts:
        for each in seen.troubled(owner):
            yield from _not_sent(owner, each)


def _not_sent(owner: Account, each: Standing) -> Iterator[str]:
    """How many and why, what the network said of it, and what to do."""
    why = say("{name}: {words}", name=f"{each.count} {DELIVERY[each.state]}", words=because(each.reason, each.state))
    yield str(say("! {name}: {words}", name=owner.handle, words=why))
    step = advice(each.reason, owner.network)
    if each.state == DeliveryState.NEEDS_HUMAN:
        step = say("“piquet delivery list” shows them, and takes your decision")
    if step and each.memo:
        yield f"  {each.memo}"
    if step:
        yield f"  → {step}"
