# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the owner of a feed allows: how often it is looked at in a strike, how many new articles at once are normal."""

from sqlmodel.ext.asyncio.session import AsyncSession

from relay.faults import Invalid
from relay.feeds.schedule import STRIKE_CEILING
from relay.i18n import say
from relay.store import feed as feeds
from relay.store import locks
from relay.store.feed import Feed

LEAST = 30  # seconds between two looks, even where the owner allows more


async def allow(
    newsroom: int, tx: AsyncSession, number: int, *, every: int | None = None, flood: int | None = None
) -> Feed:
    """``every``: the shortest time between two looks in a strike, s; ``flood``: the most new articles of one look.

    0 goes back to what the settings say, None leaves it. Raises Invalid for other values, and if there is no such feed.
    """
    most = round(STRIKE_CEILING)
    if every is not None and every != 0 and not LEAST <= every <= most:
        raise Invalid(
            say("--every {n} is not from {least} to {most} seconds; 0 is the usual.", n=every, least=LEAST, most=most)
        )
    if flood is not None and flood < 0:
        raise Invalid(say("--flood {n} is no number of articles; give 1 or more, or 0 for the usual.", n=flood))
    await locks.feeds(newsroom, tx, number)
    row = await feeds.find(newsroom, tx, number)
    if row is None:
        raise Invalid(say("There is no feed {number} here: “piquet feed list” shows them.", number=number))
    row.floor = row.floor if every is None else every
    row.threshold = row.threshold if flood is None else flood
    tx.add(row)
    return row
