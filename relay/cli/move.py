# SPDX-License-Identifier: AGPL-3.0-or-later
"""``piquet move``: from SQLite to PostgreSQL when one machine is not enough, or back."""

from collections.abc import Iterator
from typing import Annotated

import typer
from sqlmodel.ext.asyncio.session import AsyncSession

from relay.cli.inside import Inside, inside
from relay.cli.nouns import alone
from relay.cli.screen import show
from relay.deliveries import audit
from relay.deliveries.audit import Report
from relay.engine.presence import refuse
from relay.faults import Unusable
from relay.i18n import _, say, say_n
from relay.store import newsroom as newsrooms
from relay.store import strike as strikes
from relay.store.columns import saved
from relay.store.database import Store
from relay.store.moving import move as moved
from relay.store.opening import only_one, open_store

app, command = alone(
    _(
        "Copy everything into an empty database of the other kind, and prove that it is the same: every row, every "
        "audit. The relay must not be at work. The old database stays as it is; the settings then name the new one."
    ),
    "piquet move --to postgresql://piquet:password@db.example/piquet",
    "piquet move --to sqlite:////srv/piquet/piquet.db",
)


@command
def move(
    to: Annotated[str, typer.Option("--to", metavar=_("ADDRESS"), help=_("The address of the new, empty database."))],
) -> None:
    with inside() as here, only_one(here.house.store):
        counts, audited = here.do(_move(here, to))
        show(*told(here, to, sum(counts.values()), audited))


async def _move(here: Inside, to: str) -> tuple[dict[str, int], int]:
    source, target = here.house.store, await open_store(to)
    try:
        counts = await moved(source, target, refuse)
        before, after = await _audits(here, source), await _audits(here, target)
    finally:
        await target.aclose()
    if before != after:
        raise Unusable(say("The audit of the new database is another one: keep the old database, and report this."))
    return counts, len(before)


async def _audits(here: Inside, store: Store) -> list[Report]:
    async with store.read() as tx:
        known = await _strikes(tx)
    return [await audit.of_strike(store, newsroom, strike, here.now) for newsroom, strike in known]


async def _strikes(tx: AsyncSession) -> list[tuple[int, int]]:
    rooms = [saved(row.id) for row in await newsrooms.every(tx)]
    return [(room, saved(row.id)) for room in rooms for row in await strikes.of_newsroom(room, tx)]


def told(here: Inside, to: str, rows: int, audited: int) -> Iterator[str]:
    """What was done, and what the settings must say from now on."""
    settings = here.house.settings
    yield str(say_n("✓ {n} row is moved and compared.", "✓ {n} rows are moved and compared.", rows))
    yield str(say_n("✓ {n} audit is the same.", "✓ {n} audits are the same.", audited))
    yield _("→ Write this into the settings, on every machine, before “piquet run”:")
    yield f'  database = "{to}"'
    if not settings.key:
        yield f'  key_file = "{settings.key_file}"'
    yield str(say("! Work on {place} no more: it is as it was, and would send again.", place=here.house.store.place))
