# SPDX-License-Identifier: AGPL-3.0-or-later
"""``piquet feed list``: the feeds of a newsroom, when they are looked at, and what is the matter with them."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from rich.text import Text
from sqlmodel.ext.asyncio.session import AsyncSession

from relay.cli.inside import inside
from relay.cli.moment import ago, lasting, local
from relay.cli.options import Json, Slug
from relay.cli.screen import show, show_json
from relay.cli.which import the_newsroom
from relay.feeds.look import QUARANTINE
from relay.i18n import Message, _, say, say_n
from relay.store import feed, subscription
from relay.store.columns import saved
from relay.store.feed import Feed
from relay.store.lanes import host
from relay.store.subscription import Subscription
from relay.terms import SubscriptionState

_PUSHING = (SubscriptionState.ACTIVE, SubscriptionState.RENEWING)
_UNPUSHED: Mapping[str, Message] = {
    "unverified": say("it never confirmed"),
    "unreachable": say("it does not answer"),
    "refused": say("it refused"),
    "denied": say("the publisher denied it"),
}


def listing(newsroom: Slug = "", as_json: Json = False) -> None:
    async def look(tx: AsyncSession) -> tuple[str, list[Feed], dict[int, Subscription]]:
        owner = await the_newsroom(tx, newsroom)
        pushed = {each.feed_id: each for each in await subscription.of_newsroom(saved(owner.id), tx)}
        return owner.zone, await feed.of_newsroom(saved(owner.id), tx), pushed

    with inside() as here:
        zone, rows, pushed = here.read(look)
        now = here.now
    if as_json:
        show_json([as_value(row, pushed.get(saved(row.id))) for row in rows])
        return
    for row in rows:
        show(Text(f"{row.id}  {row.title or row.address}", style="bold"), *listed(row, pushed, zone, now))
    if not rows:
        show(_("The newsroom has no feed yet: add one with “piquet feed add ADDRESS”."))


def listed(row: Feed, pushed: Mapping[int, Subscription], zone: str, now: datetime) -> Iterator[str]:
    """The lines under a feed's title: its address, its looks, what is the matter with it."""
    indent = " " * (len(str(row.id)) + 2)
    yield indent + row.address
    for words in _lines(row, pushed.get(saved(row.id)), zone, now):
        yield indent + str(words)


def _lines(row: Feed, push: Subscription | None, zone: str, now: datetime) -> Iterator[Message | str]:
    if row.off_at:
        yield say("– off since {time}: its server says it is gone for good", time=local(row.off_at, zone))
        yield say("→ piquet feed add {address}", address=row.address)
        return
    yield " · ".join(str(each) for each in _looks(row, now))
    yield from _troubles(row)
    if push and push.state in _PUSHING:
        yield say_n(
            "{hub} pushes it: {n} push so far", "{hub} pushes it: {n} pushes so far", push.pushes, hub=host(push.hub)
        )
    elif push and push.reason:
        why = _UNPUSHED.get(push.reason, push.reason)
        yield say("{hub} does not push it ({why}): Piquet looks as before", hub=host(push.hub), why=why)


def _looks(row: Feed, now: datetime) -> Sequence[Message]:
    well = say("! {fault}", fault=row.fault) if row.fault else say("✓ well")
    last = say("last look {ago}", ago=ago(row.looked_at, now))
    wait = lasting(max(row.next_look_at, now) - now)
    coming = say("next in {span}", span=wait) if row.next_look_at > now else say("next look now")
    return (well, last, coming)


def _troubles(row: Feed) -> Iterator[Message]:
    if row.failures:
        yield say_n("{n} look in a row has failed", "{n} looks in a row have failed", row.failures)
    if row.kills >= QUARANTINE:
        yield say("! quarantined: reading it takes too much; Piquet goes on, but looks less often")
    if row.distrusted_at:
        yield say("! distrusted: its server calls new articles “unchanged”; the whole feed is read each time")
    if row.moved_to:
        yield say("it redirects to {address}, which is adopted once that has lasted", address=row.moved_to)
    if row.floor:
        yield say("during a strike never looked at more often than every {n} seconds", n=row.floor)
    if row.threshold:
        yield say("more than {n} new articles at once wait for a person", n=row.threshold)


def as_value(row: Feed, push: Subscription | None = None) -> dict[str, object]:
    """A feed for machines; ``interval`` is the time between its last look and the next, s."""
    interval = round((row.next_look_at - row.looked_at).total_seconds()) if row.looked_at else None
    return {
        "id": row.id,
        "address": row.address,
        "title": row.title,
        "looked_at": row.looked_at,
        "next_look_at": row.next_look_at,
        "interval": interval,
        "failures": row.failures,
        "fault": row.fault or None,
        "off_at": row.off_at,
        "quarantined": row.kills >= QUARANTINE,
        "distrusted_at": row.distrusted_at,
        "moved_to": row.moved_to or None,
        "every": row.floor or None,
        "flood": row.threshold or None,
        "hub": row.hub or None,
        "push": str(push.state) if push else None,
        "pushes": push.pushes if push else 0,
    }
