# SPDX-License-Identifier: AGPL-3.0-or-later
"""Read all that conditions are judged from, in one consistent state."""

from datetime import datetime, timedelta

from sqlmodel.ext.asyncio.session import AsyncSession

from relay.alerts.conditions import LATE, Room, Scene
from relay.store import account, alert, article, feed, instance, strike
from relay.store.columns import saved
from relay.store.newsroom import Newsroom
from relay.strikes.windows import at


async def look(tx: AsyncSession, newsroom: Newsroom, now: datetime, silence: timedelta, room: Room) -> Scene:
    """One newsroom as it is now."""
    number = saved(newsroom.id)
    windows = await strike.windows(number, tx)
    window = at(windows, now)
    return Scene(
        now=now,
        zone=newsroom.zone,
        silence=silence,
        room=room,
        windows=windows,
        accounts=await account.of_newsroom(number, tx),
        feeds=await feed.of_newsroom(number, tx),
        holds=await article.holds(number, tx),
        late=await alert.late(number, tx, now - LATE),
        human=await alert.needing_a_person(number, tx),
        fresh=await alert.articles_since(number, tx, now - silence) if window else 0,
        unanswered_since=await alert.unanswered_since(number, tx, window.opens) if window else None,
        clock=await instance.find(tx),
    )
