# SPDX-License-Identifier: AGPL-3.0-or-later
"""The preview shows the post as it will look, with its figures."""

from datetime import UTC, datetime

from relay.i18n import say
from relay.networks.port import LinkCard, Picture, Post
from relay.notices.appearance import lines
from relay.notices.compose import Fitted

POST = Post(
    "En grève. Un titre assez long pour deux lignes https://journal.fr/une-adresse-longue\n\n#CM",
    datetime(2019, 12, 17, 9, tzinfo=UTC),
    languages=("fr",),
    warning="Grève",
    pictures=(Picture(b"", "image/png", "Une pancarte", 1, 1),),
    card=LinkCard("https://journal.fr/a", "Un titre", "Le Journal"),
)


def test_the_preview_shows_everything() -> None:
    """Network, warning, text, picture, card, length of limit, and what was shortened; an address is never broken."""
    shown = lines(Fitted(POST, 212, 500, (say("The title was shortened."),)), 34, "Mastodon")
    expected = (
        "Mastodon", "────────────", "Content warning: Grève", "",
        "En grève. Un titre assez long pour", "deux lignes", "https://journal.fr/une-adresse-longue", "", "#CM", "",
        "[picture] Une pancarte", "", "│ Un titre", "│ Le Journal", "│ https://journal.fr/a", "",
        "212/500 · fr · public", "! The title was shortened.",
    )  # fmt: skip
    assert expected == shown
