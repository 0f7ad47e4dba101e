# SPDX-License-Identifier: AGPL-3.0-or-later
"""The unique keys of the ledger: the database itself refuses a second row for the same thing."""

import pytest
from desk import Desk, open_with_one_article
from sqlalchemy.exc import IntegrityError

from relay.store.ledger import Delivery, Notice


@pytest.mark.parametrize("table", [Notice, Delivery])
async def test_the_same_thing_has_one_row(desk: Desk, table: type[Notice] | type[Delivery]) -> None:
    await open_with_one_article(desk)
    async with desk.store.read() as tx:
        row = await tx.get_one(table, 1)
    with pytest.raises(IntegrityError):
        async with desk.store.write() as tx:
            tx.add(table(**row.model_dump(exclude={"id"})))
