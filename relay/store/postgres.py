# SPDX-License-Identifier: AGPL-3.0-or-later
"""PostgreSQL: several machines on one database, over two small pools of connections.

What a session must keep to is sent with its first packet, so that it costs no question
(https://www.postgresql.org/docs/current/runtime-config-client.html).
"""

from contextlib import nullcontext, suppress
from select import POLLIN, poll
from typing import Any

from sqlalchemy import URL, event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import DBAPIError, DisconnectionError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from relay.faults import Unusable
from relay.i18n import say
from relay.store.legible import keep_legible
from relay.store.postgres_words import explained

NAME = "piquet"  # what the server knows our connections by
_WRITERS, _READERS = 5, 3  # connections a process; the others wait their turn
_WAIT_S = 30.0
_NETWORK = {"connect_timeout": 5, "keepalives_idle": 10, "keepalives_interval": 3, "tcp_user_timeout": 15_000}
_SESSION = {
    "timezone": "UTC",
    "statement_timeout": "30s",
    "lock_timeout": "10s",
    "idle_in_transaction_session_timeout": "5s",  # a machine that froze in mid-transaction must not hold up the others
}
_WRITES = {"default_transaction_isolation": "read\\ committed", "synchronous_commit": "on"}
_READS = {"default_transaction_isolation": "repeatable\\ read", "default_transaction_read_only": "on"}
_DURABLE = ("on", "remote_apply")


class Postgres:
    """The connections to a database on a server. Rows are locked by whoever must be alone (``relay.store.locks``)."""

    shared = True
    path = None

    def __init__(self, url: URL) -> None:
        # Spelt without user and password, since it is shown.
        self.place = URL.create("postgresql", host=url.host, port=url.port, database=url.database).render_as_string()
        driver = url.set(drivername="postgresql+psycopg")
        self.writer = _engine(driver, _WRITERS, _WRITES)
        self.reader = _engine(driver, _READERS, _READS)
        self.turn = nullcontext()
        event.listen(self.writer.sync_engine, "connect", self._check)

    async def erase(self) -> bool:
        """Have the server write the accounts anew; its log and its backups keep older copies until they are recycled.

        https://www.postgresql.org/docs/current/sql-vacuum.html
        """
        with suppress(DBAPIError):  # then an ordinary vacuum does it, some day
            async with self.writer.connect() as connection:
                alone = await connection.execution_options(isolation_level="AUTOCOMMIT")
                await alone.exec_driver_sql("VACUUM (FULL) account")
        return False

    def explained(self, cause: Exception) -> Exception:
        """A sentence for what a person can mend; anything else stays the database's own error."""
        return explained(cause, self.place)

    def _check(self, connection: Any, _: Any) -> None:
        """What a pooler or a server may have made of our wish: without it a crash forgets claims already sent."""
        cursor = connection.cursor()
        cursor.execute("SHOW synchronous_commit")
        (found,) = cursor.fetchone()
        cursor.close()
        connection.rollback()
        if found not in _DURABLE:
            raise Unusable(
                say(
                    "{place} does not wait for its disk (synchronous_commit is {found}): connect without a pooler that "
                    "drops settings.",
                    place=self.place,
                    found=found,
                )
            )


def _engine(url: URL, size: int, transactions: dict[str, str]) -> AsyncEngine:
    wishes = " ".join(f"-c {name}={value}" for name, value in (_SESSION | transactions).items())
    given = url.query.get("options", "")
    engine = create_async_engine(
        url,
        pool_size=size,
        max_overflow=0,
        pool_timeout=_WAIT_S,
        connect_args=_NETWORK | {"application_name": NAME, "options": f"{given} {wishes}".strip()},
        hide_parameters=True,  # an error in a log must not show what a strike is going to say
    )
    event.listen(engine.sync_engine, "handle_error", _hide_rows)
    event.listen(engine.sync_engine, "checkout", _part_with_the_dead)
    keep_legible(engine)
    return engine


def _part_with_the_dead(connection: Any, _: Any, __: Any) -> None:
    """Have the pool make a new connection for one that the server has closed: nobody speaks first but to say that.

    Costs no question, unlike ``pool_pre_ping``; what breaks later is told as it is.
    """
    raw, heard = connection.driver_connection, poll()
    if not raw.closed:
        heard.register(raw.fileno(), POLLIN)
    if raw.closed or heard.poll(0):
        raise DisconnectionError


def _hide_rows(context: ExceptionContext) -> None:
    """PostgreSQL quotes the row it refuses: keep what went wrong, and leave the row out."""
    refused = context.original_exception
    primary = getattr(getattr(refused, "diag", None), "message_primary", None)
    if primary and isinstance(context.sqlalchemy_exception, DBAPIError):
        refused.args = (primary,)
        context.sqlalchemy_exception.args = (f"({type(refused).__name__}) {primary}",)
