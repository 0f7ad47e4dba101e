# SPDX-License-Identifier: AGPL-3.0-or-later
"""A text is cut between words and nowhere else."""

import regex
from hypothesis import given, settings
from hypothesis import strategies as st

from relay.notices.cut import shorten

WORDS = st.lists(
    st.sampled_from(["grève", "«", "»", "a", "10", "000", "l’été", "👨‍👩‍👧‍👦", "(b", "c)", ",", "fin.", "?"]),
    max_size=20,
)


@given(words=WORDS, most=st.integers(0, 60))
@settings(max_examples=400, deadline=None)
def test_what_is_left_is_whole_words(words: list[str], most: int) -> None:
    """Never longer than asked, never a part of a word, never a lone mark before the ellipsis."""
    text = " ".join(words)
    short = shorten(text, most)
    assert len(regex.findall(r"\X", short)) <= most or short == text == ""
    if short not in (text, ""):
        kept = regex.split(r"…", short)[0]
        assert text.startswith(kept)
        assert not regex.search(r"[\s«(,.?]\Z", kept)
        assert regex.match(r"[\s,.?»]|\Z", text[len(kept) :])


def test_nothing_is_cut_that_fits() -> None:
    """The very limit fits."""
    assert "un deux" == shorten("un deux", 7)
    assert "un…" == shorten("un deux", 6)


def test_marks_left_open_are_closed_from_the_inside() -> None:
    """Quotation marks and brackets, innermost first."""
    assert "Il dit « oui (un mot…)\u00a0»" == shorten("Il dit « oui (un mot encore) » hier", 27)
