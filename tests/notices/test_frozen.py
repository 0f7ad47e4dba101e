# SPDX-License-Identifier: AGPL-3.0-or-later
"""A frozen post is the same post again, and keys tell deliveries apart."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relay.networks.port import LinkCard, Picture, Post, Span
from relay.notices.frozen import delivery_key, freeze, text_hash, thaw

TEXT = st.text(st.characters(codec="utf-8"), max_size=30)
MOMENTS = st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=1))]))
POSTS = st.builds(
    Post,
    TEXT,
    MOMENTS,
    spans=st.lists(st.builds(Span, st.integers(), st.integers(), st.sampled_from(["link", "hashtag"]), TEXT)).map(
        tuple
    ),
    languages=st.lists(TEXT).map(tuple),
    visibility=TEXT,
    warning=TEXT,
    pictures=st.lists(st.builds(Picture, st.binary(), TEXT, TEXT, st.integers(), st.integers())).map(tuple),
    card=st.none() | st.builds(LinkCard, TEXT, TEXT, TEXT, st.binary()),
)
PLAIN = Post("Grève", datetime(2019, 12, 17, 9, tzinfo=UTC))


@given(post=POSTS)
@settings(max_examples=150, deadline=None)
def test_a_post_survives_the_ledger(post: Post) -> None:
    """Through JSON and back it is equal, to the microsecond and the byte."""
    assert post == thaw(json.loads(json.dumps(freeze(post))))


def test_the_hash_looks_at_the_words() -> None:
    """White space and composition do not matter, words do."""
    same = replace(PLAIN, text=" Gre\u0300ve \n")
    assert text_hash(PLAIN) == text_hash(same)
    assert text_hash(PLAIN) != text_hash(replace(PLAIN, text="Greve"))
    assert 64 == len(text_hash(PLAIN))


@pytest.mark.parametrize(
    "other", [("2", "b", "c", 1), ("a", "2", "c", 1), ("a", "b", "2", 1), ("a", "b", "c", 2), ("ab", "", "c", 1)]
)
def test_every_delivery_has_its_own_key(other: tuple[str, str, str, int]) -> None:
    """The same for every attempt; another for another newsroom, notice, account or revision."""
    assert delivery_key("a", "b", "c", 1) == delivery_key("a", "b", "c", 1)
    assert delivery_key("a", "b", "c", 1) != delivery_key(*other)
