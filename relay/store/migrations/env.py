# SPDX-License-Identifier: AGPL-3.0-or-later
"""Run by Alembic on the connection that ``relay.store.migrate`` hands over; there is no command-line set-up."""

from typing import Any, Literal

from alembic import context
from sqlalchemy.types import String, TypeDecorator

from relay.store.schema import metadata


def plain(kind: str, thing: Any, _: Any) -> str | Literal[False]:
    """Write our column types as the plain ones beneath: an old migration must not change when our code does."""
    if kind != "type":
        return False
    if isinstance(thing, TypeDecorator) and not isinstance(thing, String):
        inner = thing.impl_instance
        return f"sa.{inner!r}"
    return False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    render_item=plain,
)
with context.begin_transaction():
    context.run_migrations()
