# SPDX-License-Identifier: AGPL-3.0-or-later
"""A doubt that no look can end goes to a person."""

from desk import FIRST, Desk, open_with_one_article, state_of_article, texts

from relay.cli.reasons import because
from relay.networks.reading_back import too_many
from relay.terms import Action, DeliveryState


async def test_an_account_with_more_posts_than_are_read_back_needs_a_person(desk: Desk) -> None:
    """It would have more of them with every look; nothing is said again, and the reason is told."""
    desk.platform.honours_key = False
    desk.seats.cards["fake"] = desk.platform.network().card  # type: ignore[index]
    await open_with_one_article(desk)
    desk.platform.script(when="after")
    await desk.work()
    assert DeliveryState.UNSURE == await state_of_article(desk)
    desk.platform.script(too_many("fake.example"), times=20)
    for _ in range(3):
        desk.clock.advance(minutes=3)
        await desk.work()
    assert (1, DeliveryState.NEEDS_HUMAN) == (texts(desk).count(FIRST), await state_of_article(desk))
    reason = [row.reason for row in await desk.deliveries() if row.action == Action.PUBLISH][-1]
    assert "could not read back enough" in because(reason, DeliveryState.NEEDS_HUMAN)
