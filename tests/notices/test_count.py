# SPDX-License-Identifier: AGPL-3.0-or-later
"""Lengths agree with each network's own rules."""

import pytest

from relay.networks.port import Limits
from relay.notices.count import excess, fits, length

MASTODON = Limits(500, link_cost=23, mention_domains_free=True, warning_counts=True)
GOTOSOCIAL = Limits(5000, unit="codepoint", warning_counts=True)
BLUESKY = Limits(300, byte_limit=3000)
FAMILY = "👨‍👩‍👧‍👦"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", 0),
        ("e\u0301te\u0301", 3),
        (FAMILY, 1),
        ("https://a.fr", 23),
        ("http://journal.fr/" + "x" * 400, 23),
        ("Lire https://journal.fr/a, puis.", 5 + 23 + 7),
        ("(https://journal.fr/a)", 25),
        ("https://journal.fr/a_(b) https://journal.fr/?q=1", 47),
        ("journal.fr/a", 12),
        ("http://localhost:8080/a", 23),
        ("http://127.0.0.1:65000/articles/1", 33),
        ("xhttps://journal.fr/abcdefghijklmnopq", 37),
        ("https://journal.fr/" + "x" * 4100, 4119),
        ("@ana@presse.example.org bonjour", 12),
        ("ana@presse.fr", 13),
        ("@ana @bob@a.fr", 9),
    ],
)
def test_mastodon_length(text: str, expected: int) -> None:
    """Graphemes; 23 for a link, the name alone for a mention; a doubtful link is never taken too cheaply."""
    assert expected == length(text, MASTODON)


def test_a_warning_counts_where_it_counts() -> None:
    """Mastodon and GoToSocial count the content warning, Bluesky has none."""
    assert [9, 9, 5] == [length("texte", limits, "cw !") for limits in (MASTODON, GOTOSOCIAL, BLUESKY)]


def test_gotosocial_counts_code_points_and_links_in_full() -> None:
    """A family is seven, a link as long as it is (measured against GoToSocial 0.20)."""
    assert 7 * 714 == length(FAMILY * 714, GOTOSOCIAL)
    assert [True, False] == [fits(FAMILY * count, GOTOSOCIAL) for count in (714, 715)]
    assert 42 == length("https://journal.fr/" + "x" * 23, GOTOSOCIAL)


def test_bluesky_counts_graphemes_and_bytes() -> None:
    """300 signs pass, 301 do not; 120 families of 25 bytes pass, 121 do not."""
    assert [True, False] == [fits("é" * count, BLUESKY) for count in (300, 301)]
    assert [True, False] == [fits(FAMILY * count, BLUESKY) for count in (120, 121)]


def test_excess_is_what_must_go() -> None:
    """Taking that many signs off makes a text fit, in characters and in bytes."""
    assert [0, 1, 180] == [excess(text, BLUESKY) for text in ("a" * 300, "a" * 301, FAMILY * 300)]
