# SPDX-License-Identifier: AGPL-3.0-or-later
"""Stopping a strike, and saying what that means: what was withdrawn, what is still being said, what is deleted."""

from collections.abc import Iterator

from sqlmodel.ext.asyncio.session import AsyncSession

from relay.cli.inside import Inside
from relay.cli.moment import local
from relay.deliveries.recall import Recall, recall
from relay.faults import Invalid
from relay.i18n import _, say, say_n
from relay.store import ledger
from relay.store.columns import saved
from relay.store.newsroom import Newsroom
from relay.store.strike import Strike
from relay.strikes import plan as acts
from relay.terms import StrikeState


def stopping(here: Inside, owner: Newsroom, row: Strike, *, withdraw: bool) -> Iterator[str]:
    """Stop, and with ``withdraw`` recall; the lines that tell of it. Raises Invalid where there is nothing to stop."""
    number = saved(row.id)
    if row.state == StrikeState.DRAFT:
        raise Invalid(
            say(
                "“{name}” is a draft, not running. To delete it: “piquet strike discard {id}”.",
                name=row.name,
                id=number,
            )
        )
    over = row.state in (StrikeState.STOPPED, StrikeState.ENDED)

    async def act(tx: AsyncSession) -> tuple[int, int, Recall | None]:
        withdrawn = 0 if over and withdraw else await acts.stop(saved(owner.id), tx, number, here.now)
        speaking = await ledger.speaking(saved(owner.id), tx, number)
        current = await acts.get(saved(owner.id), tx, number)
        taken_back = await recall(tx, current, here.house.seats.cards, here.now) if withdraw else None
        return withdrawn, speaking, taken_back

    withdrawn, speaking, recalled = here.write(act)
    yield str(say("✓ Strike {number}, “{name}”, is stopped.", number=number, name=row.name))
    yield str(say_n("  {n} notice was withdrawn.", "  {n} notices were withdrawn.", withdrawn))
    if speaking:
        yield str(say_n("  {n} notice was already on its way.", "  {n} notices were already on their way.", speaking))
    if recalled is not None:
        yield from _recalled(recalled, owner)


def _recalled(told: Recall, owner: Newsroom) -> Iterator[str]:
    if told.posts:
        until = local(told.until, owner.zone)
        yield str(
            say_n("  {n} post is deleted, by {until}.", "  {n} posts are deleted, by {until}.", told.posts, until=until)
        )
        yield _("  Keep “piquet run” at work until then; “piquet status” shows how far it is.")
    else:
        yield _("  There is no post to delete.")
    if told.staying:
        yield str(
            say_n(
                "  {n} post stays: Piquet cannot delete it there. Do it by hand.",
                "  {n} posts stay: Piquet cannot delete them there. Do it by hand.",
                told.staying,
            )
        )
