# SPDX-License-Identifier: AGPL-3.0-or-later
"""Move everything from one store to an empty one, all of it or nothing, and prove that it is the same."""

from collections.abc import Awaitable, Callable

from sqlalchemy.ext.asyncio import AsyncConnection

from relay.faults import Invalid, Unusable
from relay.i18n import say
from relay.store.database import Store
from relay.store.transfer import copy, empty, is_empty, stand_still, tallies

Refuse = Callable[[AsyncConnection, str], Awaitable[None]]


async def move(source: Store, target: Store, refuse: Refuse) -> dict[str, int]:
    """Copy everything; returns the rows of each table. The source stays as it is.

    Raises Invalid if the target holds anything, Unusable if what arrived is not what left, and what ``refuse`` raises
    if somebody works on the source.
    """
    if source.place == target.place:
        raise Invalid(say("{place} is where everything is already: name another database.", place=source.place))
    async with source.write() as kept, target.write() as into:  # nobody writes to the source meanwhile
        given, taken = await kept.connection(), await into.connection()
        await stand_still(given)
        await refuse(given, source.place)
        if not await is_empty(taken):
            raise Invalid(say("{place} is not empty: name a new database, nothing was changed.", place=target.place))
        await empty(taken)
        await copy(given, taken)
        left, arrived = await tallies(given), await tallies(taken)
        if left != arrived:
            names = ", ".join(name for name, tally in left.items() if arrived[name] != tally)
            raise Unusable(
                say("What arrived in {names} is not what left; nothing was changed. Report this.", names=names)
            )
    return {name: tally.count for name, tally in left.items()}
