# SPDX-License-Identifier: AGPL-3.0-or-later
"""Procrastinate's tables, in a PostgreSQL schema of their own beside the ledger, made by whichever machine comes first.

They hold nothing but rings, so those of another version of Procrastinate are not migrated but made anew.
"""

from importlib.metadata import version

from procrastinate.schema import SchemaManager
from psycopg import AsyncConnection, errors
from psycopg.sql import SQL, Identifier

from relay.faults import Unusable
from relay.i18n import say

SCHEMA = "piquet_engine"
_OURS = "Procrastinate "
_MADE_BY = _OURS + version("procrastinate")
_LOCK = 0x7069_7175_6574  # "piquet": one machine makes them, the others wait
_COMMENT = "SELECT obj_description(to_regnamespace(%s)::oid, 'pg_namespace')"


async def prepare(connection: AsyncConnection) -> None:
    """Make the tables, in one transaction, unless this version's are there.

    Raises Unusable if PostgreSQL does not allow it.
    """
    async with connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        row = await (await connection.execute(_COMMENT, [SCHEMA])).fetchone()
        found = str(row[0] or "") if row else ""
        if found == _MADE_BY:
            return
        try:
            await _make(connection, anew=found.startswith(_OURS))
        except (errors.InsufficientPrivilege, errors.DuplicateSchema) as cause:
            raise Unusable(
                say(
                    "PostgreSQL does not let Piquet make the schema {name} ({why}): let its user own the database.",
                    name=SCHEMA,
                    why=cause.diag.message_primary or "",
                )
            ) from cause


async def _make(connection: AsyncConnection, *, anew: bool) -> None:
    name = Identifier(SCHEMA)
    if anew:
        await connection.execute(SQL("DROP SCHEMA {} CASCADE").format(name))
    await connection.execute(SQL("CREATE SCHEMA {}").format(name))
    await connection.execute(SQL("COMMENT ON SCHEMA {} IS {}").format(name, _MADE_BY))
    await connection.execute(SQL("SET LOCAL search_path TO {}").format(name))
    await connection.execute(SchemaManager.get_schema())
