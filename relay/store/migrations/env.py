# SPDX-License-Identifier: AGPL-3.0-or-later
"""Run by Alembic on the connection that ``relay.store.migrate`` hands over; there is no command-line set-up."""

from alembic import context

from relay.store.schema import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
