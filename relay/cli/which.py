# SPDX-License-Identifier: AGPL-3.0-or-later
"""Which newsroom and which strike a command means: the one that is named, or the only one."""

from collections.abc import Sequence

from sqlmodel.ext.asyncio.session import AsyncSession

from relay.faults import Invalid
from relay.i18n import say
from relay.store import newsroom, strike
from relay.store.columns import saved
from relay.store.newsroom import Newsroom
from relay.store.strike import Strike
from relay.strikes.plan import get
from relay.terms import StrikeState


async def the_newsroom(tx: AsyncSession, slug: str) -> Newsroom:
    """The newsroom of that short name, or the only one. Raises Invalid with the names there are."""
    every = await newsroom.every(tx)
    known = ", ".join(each.slug for each in every)
    if not every:
        raise Invalid(say("There is no newsroom yet: run “piquet init”, or “piquet newsroom add NAME”."))
    if slug:
        found = next((each for each in every if each.slug == slug), None)
        if found is None:
            raise Invalid(say("There is no newsroom {slug} here; choose one of {known}.", slug=slug, known=known))
        return found
    if len(every) > 1:
        raise Invalid(say("There are several newsrooms; add --newsroom with one of {known}.", known=known))
    return every[0]


async def the_strike(tx: AsyncSession, newsroom_id: int, number: int, wanted: Sequence[StrikeState] = ()) -> Strike:
    """The strike of that number, or the one that is meant without. Raises Invalid where that cannot be told.

    Those in the first state of ``wanted`` that any is in come before all others, and any other before a draft; of
    several that are armed it is the one whose window opens next.
    """
    every = await strike.of_newsroom(newsroom_id, tx)
    if not every:
        raise Invalid(say("There is no strike yet: plan one with “piquet strike plan”."))
    if number:
        return await get(newsroom_id, tx, number)
    fitting = _in(every, wanted) or [row for row in every if row.state != StrikeState.DRAFT] or every
    if fitting[0].state == StrikeState.ARMED and len(fitting) > 1:
        fitting = await _next(tx, newsroom_id, fitting)
    if len(fitting) > 1:
        numbers = ", ".join(f"{row.id} ({row.name})" for row in fitting)
        raise Invalid(say("There are several strikes; add the number of one: {numbers}.", numbers=numbers))
    return fitting[0]


async def the_draft(tx: AsyncSession, newsroom_id: int, number: int) -> Strike:
    """The strike of that number, or the newest draft; where there is none, as ``the_strike`` does."""
    drafts = _in(await strike.of_newsroom(newsroom_id, tx), (StrikeState.DRAFT,))
    return drafts[-1] if drafts and not number else await the_strike(tx, newsroom_id, number)


def _in(every: Sequence[Strike], wanted: Sequence[StrikeState]) -> list[Strike]:
    """Those in the first of these states that any is in."""
    by_state = ([row for row in every if row.state == state] for state in wanted)
    return next(filter(None, by_state), [])


async def _next(tx: AsyncSession, newsroom_id: int, armed: Sequence[Strike]) -> list[Strike]:
    """The armed strikes that open first: one, unless two open together."""
    slots = [(row, slot) for row in armed for slot in await strike.slots(newsroom_id, tx, saved(row.id))]
    to_come = [(slot.opens, row) for row, slot in slots if not slot.opened]
    first = min((opens for opens, _ in to_come), default=None)
    return [row for opens, row in to_come if opens == first] or list(armed)


async def current(tx: AsyncSession, newsroom_id: int) -> Strike | None:
    """The strike a person most likely means: running, else armed, else the latest; None if there is none."""
    every = await strike.of_newsroom(newsroom_id, tx)
    order = (StrikeState.RUNNING, StrikeState.ARMED)
    ranked = sorted(
        every, key=lambda row: (order.index(row.state) if row.state in order else len(order), -saved(row.id))
    )
    return ranked[0] if ranked else None
