# SPDX-License-Identifier: AGPL-3.0-or-later
"""A newsroom is taken in under a short name of its own."""

from datetime import UTC, datetime

import pytest

from relay.faults import Invalid
from relay.store import newsroom
from relay.store.database import Store
from relay.strikes.newsrooms import add

NOW = datetime(2026, 12, 16, 18, tzinfo=UTC)


async def test_the_short_name_is_made_from_the_name(store: Store) -> None:
    """Or given; the name's white space is tidied."""
    async with store.write() as tx:
        made = await add(tx, " L’Écho  du Lac ", "Europe/Paris", "fr", NOW)
        given = await add(tx, "L’Écho du Lac", "Europe/Paris", "en", NOW, "echo-2")
    assert [("l-echo-du-lac", "L’Écho du Lac"), ("echo-2", "L’Écho du Lac")] == [
        (each.slug, each.name) for each in (made, given)
    ]


@pytest.mark.parametrize(
    ("name", "zone", "language", "slug", "words"),
    [
        ("", "Europe/Paris", "fr", "", "needs a name"),
        ("!!!", "Europe/Paris", "fr", "", "needs a name"),
        ("Écho", "Europe/Pari", "fr", "", "Europe/Paris"),
        ("Écho", "Europe/Paris", "de", "", "choose fr or en"),
        ("Écho", "Europe/Paris", "fr", "L Écho", "write it like l-echo"),
        ("Taken", "Europe/Paris", "fr", "", "already"),
    ],
)
async def test_what_cannot_be_is_refused(
    store: Store, name: str, zone: str, language: str, slug: str, words: str
) -> None:
    """With what to write instead, and nothing is kept."""
    async with store.write() as tx:
        await add(tx, "Taken", "Europe/Paris", "fr", NOW)
    with pytest.raises(Invalid, match=words):
        async with store.write() as tx:
            await add(tx, name, zone, language, NOW, slug)
    async with store.read() as tx:
        assert ["taken"] == [each.slug for each in await newsroom.every(tx)]
