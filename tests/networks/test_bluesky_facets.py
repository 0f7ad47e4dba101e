# SPDX-License-Identifier: AGPL-3.0-or-later
"""Facets mark the right bytes, whatever stands before them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay.networks.facets import LINK, TAG, facets
from relay.networks.port import Span

WORDS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8)


@given(st.lists(st.tuples(WORDS, st.booleans()), max_size=8))
def test_the_bytes_marked_are_the_words_meant(pieces: list[tuple[str, bool]]) -> None:
    """Emoji, accents, flags, combining marks, right-to-left: UTF-8 offsets cut exactly the span."""
    text, spans, wanted = "", [], []
    for words, marked in pieces:
        if marked:
            spans.append(Span(len(text), len(text) + len(words), "link", "https://x.example"))
            wanted.append(words)
        text += words
    found = [facet["index"] for facet in facets(text, reversed(spans))]
    assert wanted == [text.encode()[index["byteStart"] : index["byteEnd"]].decode() for index in found]


def test_a_link_and_a_hashtag_become_their_features() -> None:
    """The link keeps its whole address, the hashtag its words without the sign."""
    spans = (Span(0, 6, "hashtag", "#Grève"), Span(7, 11, "link", "https://x.example/a?b=c#d"))
    assert [
        {"index": {"byteStart": 0, "byteEnd": 7}, "features": [{"$type": TAG, "tag": "Grève"}]},
        {"index": {"byteStart": 8, "byteEnd": 12}, "features": [{"$type": LINK, "uri": "https://x.example/a?b=c#d"}]},
    ] == facets("#Grève lire", spans)


@pytest.mark.parametrize("spans", [[(0, 5)], [(2, 2)], [(3, 1)], [(-1, 2)], [(0, 3), (2, 4)]], ids=str)
def test_spans_that_do_not_fit_are_an_error(spans: list[tuple[int, int]]) -> None:
    """Outside, empty, backwards, overlapping: a client would drop them without a word."""
    with pytest.raises(ValueError, match="does not lie free"):
        facets("abcd", [Span(start, end, "hashtag", "x") for start, end in spans])
