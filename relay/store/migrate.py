# SPDX-License-Identifier: AGPL-3.0-or-later
"""Bring the schema up to date (Alembic), and refuse a database that a newer Piquet has written."""

from importlib.resources import files

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.script.revision import ResolutionError
from alembic.util import CommandError
from sqlalchemy import Connection, inspect, text

from relay.faults import Unusable
from relay.i18n import say

_ONE_AT_A_TIME = 0x7069717565740001  # names our advisory lock: "piquet"


def upgrade(connection: Connection, revision: str = "head") -> None:
    """Migrate to the newest revision we know, or to ``revision``, one machine at a time.

    Raises Unusable for a database from a newer version.
    """
    config = Config()
    config.set_main_option("script_location", str(files("relay.store") / "migrations"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET LOCAL statement_timeout = 0"))
        connection.execute(text("SET LOCAL lock_timeout = '2min'"))  # another machine may be at it: then wait for it
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ONE_AT_A_TIME})
    _refuse_newer(connection, config)
    command.upgrade(config, revision)


def _refuse_newer(connection: Connection, config: Config) -> None:
    if not inspect(connection).has_table("alembic_version"):
        return
    revision = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    try:
        ScriptDirectory.from_config(config).get_revision(str(revision))
    except (CommandError, ResolutionError) as cause:
        raise Unusable(
            say("This database was written by a newer Piquet: install the newest version, then start again.")
        ) from cause
