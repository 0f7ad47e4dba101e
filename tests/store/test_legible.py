# SPDX-License-Identifier: AGPL-3.0-or-later
"""Whatever a stranger's server answers can be written down, on both stores alike."""

import pytest
from desk import LANE, Desk, open_with_one_article
from sqlmodel import select

from relay.faults import Refused
from relay.i18n import say
from relay.store.article import Article
from relay.store.newsroom import Newsroom

UNKEPT = ["\0", "\ud83d", "\udcff"]


@pytest.mark.parametrize("unkept", UNKEPT)
async def test_words_of_a_network_that_no_database_keeps_do_not_stop_its_lane(desk: Desk, unkept: str) -> None:
    await open_with_one_article(desk)
    desk.platform.script(Refused(say("No."), f"wrong: {unkept}!"))
    await desk.courier.drain(LANE)
    said = (await desk.deliveries())[-1]
    assert ("rejected", "wrong: �!") == (said.state, said.memo)


@pytest.mark.parametrize("unkept", UNKEPT)
async def test_an_address_of_a_feed_that_no_database_keeps_does_not_stop_its_feed(desk: Desk, unkept: str) -> None:
    await open_with_one_article(desk)
    await desk.see(f"à l’{unkept}aube")
    async with desk.store.read() as tx:
        assert ["Un", "à l’�aube"] == (await tx.exec(select(Article.title).order_by(Article.id))).all()  # type: ignore[arg-type]


async def test_all_other_text_is_kept_as_it_is(desk: Desk) -> None:
    """Down to the last plane, combining marks, and what looks like an escape."""
    name = "Été 🎺 e\u0301 \\u0000 \\0 %s :name 中 \U0010ffff \u200d\n"
    async with desk.store.write() as tx:
        row = (await tx.exec(select(Newsroom))).one()
        row.name = name
    async with desk.store.read() as tx:
        assert name == (await tx.exec(select(Newsroom.name))).one()
