# SPDX-License-Identifier: AGPL-3.0-or-later
"""The placard shows the strike's words, whatever they are, and says them to those who cannot see it."""

from io import BytesIO

import pytest
from PIL import Image

from relay.notices.lettering import BLACK, BOLD, fitted, letters
from relay.notices.listing import listing
from relay.notices.pancarte import SIZE, Words, alt_text, pancarte

PLAIN = Words("Community managers en grève", "Le Journal", ("Des postes", "Des salaires"), 3)
LONG = Words("Grève " * 80, "Le Journal du soir " * 20, ("Des postes pour la nuit " * 40,) * 12, 12345)


@pytest.mark.parametrize(
    "words",
    [
        PLAIN,
        LONG,
        Words("", ""),
        Words("罷工 🔥", "الصحافة", ("公平",), 1, "en"),
        Words("X" * 500, "Y" * 500, ("Z" * 500,), 2),
    ],
    ids=["plain", "long", "empty", "foreign", "endless"],
)
def test_any_words_make_a_placard(words: Words) -> None:
    """1200 × 675, a PNG under 900 kB, with the red of the field and the black of the demands."""
    picture = pancarte(words)
    image = Image.open(BytesIO(picture.data))
    assert (SIZE, "PNG", "image/png", SIZE) == (image.size, image.format, picture.mime, (picture.width, picture.height))
    assert len(picture.data) <= 900_000
    colours = image.convert("RGB")
    assert ((200, 16, 46), (20, 18, 18)) == (colours.getpixel((5, 5)), colours.getpixel((5, SIZE[1] - 5)))


def test_the_same_words_give_the_same_bytes() -> None:
    """A retry uploads the very same picture; other words give another."""
    pancarte.cache_clear()
    once = pancarte(PLAIN).data
    pancarte.cache_clear()
    assert once == pancarte(PLAIN).data
    assert once != pancarte(Words("Autre", "Le Journal")).data


def test_the_description_says_all_the_words() -> None:
    """Name, newsroom, day and every demand, in the strike's language."""
    expected = (
        "Pancarte de grève\u00a0: Community managers en grève. Le Journal, jour 3. "
        "Nous demandons\u00a0: Des postes · Des salaires."
    )
    assert expected == pancarte(PLAIN).alt
    assert "Strike placard: Stop! The Paper." == alt_text(Words("Stop!", "The Paper", language="en"))


def test_the_description_fits() -> None:
    """A long one is cut between words."""
    assert len(alt_text(LONG)) <= 1500
    assert "Pancarte de grève\u00a0: Grève…" == alt_text(LONG, 27)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Éà çœŸ«»—’€ Łódź", "Éà çœŸ«»—’€ Łódź"),
        ("Ŵales ☕ Čech", "Wales Cech"),
        ("Paix 🔥✊🏽 !", "Paix\u00a0!"),
        ("« Stop » !", "«\u00a0Stop\u00a0»\u00a0!"),
        ("罷工", ""),
    ],
)
def test_only_signs_of_the_font_are_drawn(text: str, expected: str) -> None:
    """What Lato lacks becomes its base letter or is left out: never an empty box."""
    assert expected == letters(text)


def test_letters_are_as_big_as_fits() -> None:
    """The biggest size whose lines fit; whole words are left out only at the smallest."""
    assert (("GRÈVE",), 100) == (lambda done: (done.lines, done.size))(
        fitted("GRÈVE", BLACK, (900, 300), (100, 50), 1.0)
    )
    small = fitted("un deux trois quatre cinq six", BOLD, (200, 30), (40, 30), 1.0)
    assert (("un deux trois…",), 30) == (small.lines, small.size)


def test_short_demands_stand_in_two_columns_and_the_rest_is_counted() -> None:
    """Six short ones are all shown; of eight, five and how many more."""
    six = listing(["Postes"] * 6, "et {n} autres", (1072, 190))
    assert [2, 2, 2] == [len(row.demands) for row in six.rows]
    eight = [demand.lines[0] for _, _, demand in listing(["Postes"] * 8, "et {n} autres", (1072, 190)).placed()]
    assert ["Postes"] * 5 + ["et 3 autres"] == eight
