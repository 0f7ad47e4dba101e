# SPDX-License-Identifier: AGPL-3.0-or-later
"""Text, links and dates of strangers made harmless."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay.feeds.parse.charset import to_text, to_xml
from relay.feeds.parse.text import absolute, iso_date, name, numeric_date, plain


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("Grève", "Grève"),
        ("  a\n\tb\u00a0c  ", "a b c"),
        ("<b>a</b><br>b<p>c</p>", "a b c"),
        ("a<script>x</script><style>y</style>b", "ab"),
        ("a &amp; b &lt;c&gt; &#8217; &nope;", "a & b <c> ’ &nope;"),
        ("1 < 2 & 3 > 2", "1 < 2 & 3 > 2"),
        ("a\x00\x07\x9bb\x85c", "ab c"),
        ("<!-- a -->b", "b"),
        ("", ""),
    ],
)
def test_plain_text(markup: str, text: str) -> None:
    assert plain(markup) == text


def test_plain_text_is_cut_between_characters() -> None:
    assert plain("é" * 3000, 1001) == "é" * 500


@given(st.text(max_size=200))
def test_plain_text_is_one_line_without_control_characters(markup: str) -> None:
    text = plain(markup)
    assert "\n" not in text
    assert all(ord(c) >= 32 for c in text)


@pytest.mark.parametrize(
    ("link", "found"),
    [
        ("https://a.example/x", "https://a.example/x"),
        ("x", "https://home.example/une/x"),
        ("/x?a=1#b", "https://home.example/x?a=1#b"),
        ("//b.example/x", "https://b.example/x"),
        (" https://a.exa\nmple/x y ", "https://a.example/x%20y"),
        ("HTTPS://A.example/", "HTTPS://A.example/"),
        ("", ""),
        ("mailto:a@b.example", ""),
        ("javascript:alert(1)", ""),
        ("data:text/html,x", ""),
        ("http://[", ""),
        ("http://", ""),
        ("https://a.example/" + "x" * 2048, ""),
    ],
)
def test_links_become_absolute_web_addresses_or_nothing(link: str, found: str) -> None:
    assert absolute(link, "https://home.example/une/", "https://feed.example/rss") == found


def test_the_second_base_serves_where_the_first_cannot() -> None:
    assert absolute("x", "", "https://feed.example/rss") == "https://feed.example/x"


def test_a_long_id_keeps_what_tells_it_apart() -> None:
    one, other = name("x" * 9000 + "1"), name("x" * 9000 + "2")
    assert len(one) < 2048
    assert one != other
    assert name("  g1\n") == "g1"


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("17/12/2019", datetime(2019, 12, 17, tzinfo=UTC)),
        ("17.12.2019 à 14h30", datetime(2019, 12, 17, 14, 30, tzinfo=UTC)),
        ("17/12/2019 - 14:30:05 +0100", datetime(2019, 12, 17, 13, 30, 5, tzinfo=UTC)),
        ("32/12/2019", None),
        ("17/12/19", None),
        ("hier", None),
    ],
)
def test_day_first_dates(text: str, moment: datetime | None) -> None:
    assert numeric_date(text) == moment


@pytest.mark.parametrize("text", ["", "hier", "2019-13-01", "9999-12-31T23:59:59-23:00"])
def test_a_date_that_is_none_is_none(text: str) -> None:
    assert iso_date(text) is None


@given(st.binary(max_size=300), st.sampled_from(["", "utf-8", "utf-16", "idna", "base64", "x", "\0", "unicode_escape"]))
def test_any_bytes_become_text_and_clean_xml(body: bytes, charset: str) -> None:
    assert isinstance(to_text(body, charset), str)
    assert b"\0" not in to_xml(body, charset)
