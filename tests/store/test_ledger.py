# SPDX-License-Identifier: AGPL-3.0-or-later
"""The unique keys of the ledger: the database itself refuses a second row for the same thing."""

from contextlib import suppress

import pytest
from desk import Desk, open_with_one_article
from sqlalchemy.exc import IntegrityError
from sqlmodel import select

from relay.store.ledger import Delivery, Notice

SAME = {Notice: ("strike_id", "subject"), Delivery: ("notice_id", "account_id", "action")}


@pytest.mark.parametrize("table", SAME)
async def test_the_same_thing_has_one_row(desk: Desk, table: type[Notice] | type[Delivery]) -> None:
    await open_with_one_article(desk)
    async with desk.store.read() as tx:
        row = await tx.get_one(table, 1)
    with suppress(IntegrityError):
        async with desk.store.write() as tx:
            tx.add(table(**row.model_dump(exclude={"id"})))
    same = {name: getattr(row, name) for name in SAME[table]}
    async with desk.store.read() as tx:
        rows = (await tx.exec(select(table).filter_by(**same))).all()
    assert [1] == [each.id for each in rows]
