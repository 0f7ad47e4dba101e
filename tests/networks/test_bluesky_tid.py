# SPDX-License-Identifier: AGPL-3.0-or-later
"""Record keys follow https://atproto.com/specs/tid and are the same for every attempt."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay.networks import tid

GRAMMAR = re.compile(r"^[234567abcdefghij][234567abcdefghijklmnopqrstuvwxyz]{12}$")
MOMENT = datetime(2026, 12, 17, 9, tzinfo=UTC)


def decode(text: str) -> tuple[int, int]:
    """The microseconds and the clock id, by the book."""
    number = 0
    for digit in text:
        number = number * 32 + tid.ALPHABET.index(digit)
    return divmod(number, 1 << 10)


@given(st.integers(0, (1 << 53) - 1), st.integers(0, 1023))
def test_a_tid_is_in_the_grammar_and_says_what_it_was_made_of(microseconds: int, clock: int) -> None:
    """Thirteen digits of five bits, highest first."""
    text = tid.encode(microseconds, clock)
    assert GRAMMAR.match(text)
    assert (microseconds, clock) == decode(text)
    assert datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=microseconds) == tid.moment(text)


@given(st.integers(0, (1 << 53) - 2), st.integers(0, 1023), st.integers(0, 1023))
def test_tids_sort_like_their_moments(microseconds: int, one: int, other: int) -> None:
    """A repository is in order of time."""
    assert tid.encode(microseconds, one) < tid.encode(microseconds + 1, other)


@pytest.mark.parametrize(("microseconds", "clock"), [(-1, 0), (1 << 53, 0), (0, -1), (0, 1024)])
def test_what_does_not_fit_is_an_error(microseconds: int, clock: int) -> None:
    """No key is ever cut to size."""
    with pytest.raises(ValueError, match="no TID"):
        tid.encode(microseconds, clock)


def test_the_known_values() -> None:
    """The zero of the specification, and one worked out by hand."""
    assert ["2222222222222", "2222222222233"] == [tid.encode(0, 0), tid.encode(0, 33)]


@given(st.datetimes(datetime(1970, 1, 1), datetime(2200, 1, 1)), st.text())
def test_a_derived_key_lies_in_its_second(naive: datetime, key: str) -> None:
    """However odd the delivery's key is."""
    moment = naive.replace(tzinfo=UTC)
    microseconds, _ = decode(tid.derive(moment, key))
    assert int((moment - datetime(1970, 1, 1, tzinfo=UTC)) / timedelta(seconds=1)) == microseconds // 1_000_000


def test_a_derived_key_depends_on_the_moment_and_the_key_alone() -> None:
    """Written down once: a release that derived another key would say what is unsure a second time."""
    assert "3n4u4ix4sa7cn" == tid.derive(MOMENT, "delivery-1")
    paris = MOMENT.astimezone().replace(tzinfo=None).astimezone()
    assert tid.derive(MOMENT, "delivery-1") == tid.derive(paris, "delivery-1")


def test_ten_thousand_deliveries_frozen_at_one_moment_have_as_many_keys() -> None:
    """A burst does not fold two articles into one notice."""
    assert 10_000 == len({tid.derive(MOMENT, f"delivery-{n}") for n in range(10_000)})


@pytest.mark.parametrize("key", ["", "self", "3mabcdefghij", "3mabcdefghij2a", "3mabcdefghij!"])
def test_what_is_no_tid_holds_no_moment(key: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        tid.moment(key)
