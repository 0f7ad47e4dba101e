# SPDX-License-Identifier: AGPL-3.0-or-later
"""Which newsroom and which strike a command means: the one that is named, or the only one."""

from collections.abc import Collection

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


async def the_strike(tx: AsyncSession, newsroom_id: int, number: int, wanted: Collection[StrikeState] = ()) -> Strike:
    """The strike of that number, or the only one, or the only one in a state of ``wanted``. Raises Invalid."""
    if number:
        return await get(newsroom_id, tx, number)
    every = await strike.of_newsroom(newsroom_id, tx)
    if not every:
        raise Invalid(say("There is no strike yet: plan one with “piquet strike plan”."))
    fitting = [row for row in every if row.state in wanted]
    if len(fitting) != 1 and len(every) != 1:
        numbers = ", ".join(f"{row.id} ({row.name})" for row in fitting or every)
        raise Invalid(say("There are several strikes; add the number of one: {numbers}.", numbers=numbers))
    return (fitting or every)[0] if len(fitting) == 1 else every[0]


async def current(tx: AsyncSession, newsroom_id: int) -> Strike | None:
    """The strike a person most likely means: running, else armed, else the latest; None if there is none."""
    every = await strike.of_newsroom(newsroom_id, tx)
    order = (StrikeState.RUNNING, StrikeState.ARMED)
    ranked = sorted(
        every, key=lambda row: (order.index(row.state) if row.state in order else len(order), -saved(row.id))
    )
    return ranked[0] if ranked else None
