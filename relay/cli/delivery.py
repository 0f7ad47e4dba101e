# SPDX-License-Identifier: AGPL-3.0-or-later
"""``piquet delivery``: notices of which nobody knows whether they are out; a person looks and decides."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import Annotated

import typer

from relay.cli.inside import Inside, inside
from relay.cli.moment import lasting, local
from relay.cli.nouns import noun, verb
from relay.cli.options import Json, Slug
from relay.cli.reasons import KIND, because
from relay.cli.screen import show, show_json
from relay.cli.which import the_newsroom
from relay.deliveries import decision
from relay.faults import Problem
from relay.i18n import Message, _, say
from relay.networks.port import Finds, Receipt
from relay.notices.cut import shorten
from relay.store import account as accounts
from relay.store import doubt
from relay.store.columns import saved
from relay.store.waiting import Work
from relay.terms import AccountState, DeliveryState

BEFORE = timedelta(minutes=10)  # how much earlier than its first attempt a post is looked for
SHOWN = 300  # characters of a notice

Number = Annotated[int, typer.Argument(metavar=_("NUMBER"), help=_("The number that “piquet delivery list” shows."))]
Address = Annotated[
    str, typer.Argument(metavar=_("ADDRESS"), show_default=False, help=_("The post’s own address, if you have it."))
]

app = noun(
    _(
        "Notices of which nobody knows whether they are out: the network’s answer got lost, and it does not show its "
        "posts to Piquet. Look at the account, then say what you saw."
    )
)


@verb(app, "list", _("List what needs you, and what Piquet is still looking for."), "piquet delivery list")
def listing(newsroom: Slug = "", as_json: Json = False) -> None:
    with inside() as here:
        owner = here.read(partial(the_newsroom, slug=newsroom))
        rows = here.read(partial(doubt.open_ones, saved(owner.id)))
    if as_json:
        show_json([as_value(each) for each in rows])
        return
    for each in rows:
        show(*told(each, owner.zone, here.now), "")
    if not rows:
        show(_("Nothing waits for you."))


@verb(
    app,
    "sent",
    _("It is out: you have seen it there. With its address Piquet can prove it, and take it back if need be."),
    "piquet delivery sent 12 https://mastodon.social/@desk/113",
)
def sent(number: Number, address: Address = "", newsroom: Slug = "") -> None:
    with inside() as here:
        owner = saved(here.read(partial(the_newsroom, slug=newsroom)).id)
        post = here.do(_looked_up(here, owner, number, address)) if address else Receipt("", "")
        cards = here.house.seats.cards
        here.write(lambda tx: decision.sent(owner, tx, number, post, cards, here.now))
    show(str(say("✓ Notice {number} counts as sent.", number=number)))


@verb(app, "again", _("Say it once more, now; only while its window is open."), "piquet delivery again 12")
def again(number: Number, newsroom: Slug = "") -> None:
    with inside() as here:
        owner = saved(here.read(partial(the_newsroom, slug=newsroom)).id)
        here.write(lambda tx: decision.again(owner, tx, number, here.now))
    show(str(say("✓ Notice {number} is said again by the relay at work.", number=number)))


@verb(app, "drop", _("Never say it."), "piquet delivery drop 12")
def drop(number: Number, newsroom: Slug = "") -> None:
    with inside() as here:
        owner = saved(here.read(partial(the_newsroom, slug=newsroom)).id)
        here.write(lambda tx: decision.drop(owner, tx, number, here.now))
    show(str(say("✓ Notice {number} is not said any more.", number=number)))


async def _looked_up(here: Inside, newsroom: int, number: int, address: str) -> Receipt:
    """The network's own receipt of the post at that address, as far as the network tells."""
    async with here.house.store.read() as tx:
        row = await doubt.find(newsroom, tx, number)
        account = await accounts.find(newsroom, tx, row.account_id) if row is not None else None
    if row is None or account is None or account.forgotten:
        return Receipt("", address)
    try:
        network = await here.house.seats.connect(account)
        posts = await network.recent((row.first_try_at or row.due_at) - BEFORE) if isinstance(network, Finds) else ()
    except Problem:
        return Receipt("", address)
    return next((post.receipt for post in posts if post.receipt.url == address), Receipt("", address))


def told(each: Work, zone: str, now: datetime) -> Iterator[str]:
    """One notice for a person: where, since when, why, in which words, what to do or how long to wait."""
    row, owner = each.delivery, each.account
    moment = local(row.first_try_at or row.due_at, zone)
    yield f"{row.id} · {moment} · {owner.handle} ({owner.network}) · {because(row.reason, row.state)}"
    yield f"  {subject(each)}"
    if row.post:
        yield "  " + shorten(" ".join(str(row.post["text"]).split()), SHOWN)
    if owner.url:
        yield f"  {owner.url}"
    if row.state == DeliveryState.NEEDS_HUMAN:
        number = row.id
        yield f"  → piquet delivery sent {number} / piquet delivery again {number} / piquet delivery drop {number}"
    if row.state == DeliveryState.UNSURE:
        yield f"  → {awaited(each, zone, now)}"


def awaited(each: Work, zone: str, now: datetime) -> Message:
    """When Piquet looks for a notice in doubt."""
    if each.account.state != AccountState.CONNECTED:
        return say(
            "Piquet looks for it once the account lets it in: “piquet account connect {network}”",
            network=each.account.network,
        )
    moment = max(each.delivery.due_at, each.account.rest_until or now)
    if moment <= now:
        return say("Piquet looks for it now")
    return say("Piquet looks for it at {time}, in {span}", time=local(moment, zone), span=lasting(moment - now))


def subject(each: Work) -> str:
    """What the notice is about."""
    return str(say("“{title}”", title=each.article.title) if each.article else KIND[each.notice.kind])


def as_value(each: Work) -> dict[str, object]:
    """One notice for machines."""
    row = each.delivery
    return {
        "id": row.id,
        "state": row.state,
        "reason": row.reason or None,
        "kind": each.notice.kind,
        "title": each.article.title if each.article else None,
        "account": each.account.handle,
        "network": each.account.network,
        "page": each.account.url or None,
        "tried_at": row.first_try_at,
        "looked_for_at": row.due_at if row.state == DeliveryState.UNSURE else None,
        "not_after": row.not_after,
        "text": row.post["text"] if row.post else None,
    }
