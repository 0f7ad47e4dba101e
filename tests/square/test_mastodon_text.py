# SPDX-License-Identifier: AGPL-3.0-or-later
"""The look-alike counts and recognises as Mastodon does."""

import pytest

from relay.networks.mastodon_text import read
from relay.square.mastodon_text import length, render

HERE = "http://127.0.0.1:4000"


@pytest.mark.parametrize(
    ("text", "warning", "expected"),
    [
        ("grève", "", 5),
        ("gre\u0300ve", "", 5),  # one grapheme, two code points
        ("👩‍👩‍👧‍👦", "", 1),
        ("https://a.example/" + "x" * 200, "", 23),
        ("voir https://a.example/b.", "", 5 + 23 + 1),  # the full stop is not the link's
        ("(https://a.example/b)", "", 25),
        ("a.example/sans-schéma", "", 21),
        ("@desk@journal.example salut", "", len("@desk salut")),
        ("grève", "attention", 14),
    ],
)
def test_the_main_line_counts_graphemes_and_23_for_a_link(text: str, warning: str, expected: int) -> None:
    assert expected == length(text, warning, 23)


def test_gotosocial_counts_code_points_in_full() -> None:
    assert len("👩‍👩‍👧‍👦 https://a.example/1") + 3 == length("👩‍👩‍👧‍👦 https://a.example/1", "123", None)


def test_links_hashtags_and_mentions_are_recognised() -> None:
    seen = render("@moi @toi@la.example #Grève #2026 a#b https://a.example/?q=1&r=#x, fin", HERE)
    assert ("moi", "toi@la.example") == seen.mentions
    assert ("Grève",) == seen.hashtags
    assert ("https://a.example/?q=1&r=#x",) == seen.links


@pytest.mark.parametrize(
    "text", ["desk@journal.example", "prix : 3@4", "https://a.example/@desk", "https://a.example/#top"]
)
def test_what_only_looks_like_a_mention_or_hashtag_is_none(text: str) -> None:
    seen = render(text, HERE)
    assert ((), ()) == (seen.mentions, seen.hashtags)


def test_html_is_escaped_and_broken_into_paragraphs() -> None:
    assert "<p>&lt;b&gt; &amp; l’un<br />l’autre</p><p>fin</p>" == render("<b> & l’un\nl’autre\n\nfin", HERE).html


@pytest.mark.parametrize(
    "text",
    [
        "Titre <b>gras</b> & « guillemets »",
        "Un lien https://journal.example/2026/12/17/une-adresse-bien-trop-longue?utm=1&b=2 au milieu",
        "Deux\nlignes\n\net un paragraphe #Grève",
    ],
)
def test_what_we_read_back_is_what_was_written(text: str) -> None:
    """The adapter's reader undoes the server's HTML, shortened links included."""
    assert text == read(render(text, HERE).html).text
