# SPDX-License-Identifier: AGPL-3.0-or-later
"""Whether workers are at work on a PostgreSQL store, for whoever needs to be alone there."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from relay.engine.tables import SCHEMA
from relay.faults import Unusable
from relay.i18n import say

_GONE_S = 10  # a worker's heart beats every two seconds; without a beat for so long it is gone


async def refuse(connection: AsyncConnection, place: str) -> None:
    """Lock the store until the transaction ends, so that nobody claims anything, and see that nobody works.

    Raises Unusable if a worker's heart has beaten just now. On SQLite ``relay.store.opening.only_one`` does that.
    """
    if connection.dialect.name != "postgresql":
        return
    await connection.execute(text("LOCK TABLE delivery IN ACCESS EXCLUSIVE MODE"))
    workers = f"{SCHEMA}.procrastinate_workers"
    if (await connection.execute(text("SELECT to_regclass(:name)"), {"name": workers})).scalar() is None:
        return
    beaten = text(f"SELECT count(*) FROM {workers} WHERE last_heartbeat > now() - interval '{_GONE_S} seconds'")  # noqa: S608 - our own names
    if (await connection.execute(beaten)).scalar_one():
        raise Unusable(
            say(
                "A Piquet works on {place}, or did a moment ago: stop it everywhere, wait ten seconds, try again.",
                place=place,
            )
        )
