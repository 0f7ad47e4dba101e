# SPDX-License-Identifier: AGPL-3.0-or-later
"""What strangers supply shows as words and does nothing else."""

import unicodedata
from collections.abc import Callable
from typing import Any

import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st

from relay.faults import Invalid
from relay.notices.address import address, shown
from relay.notices.hashtag import hashtag, hashtags
from relay.notices.neutral import neutral, plain

Recognise = dict[str, Callable[[str], Any]]

FRAGMENTS = [
    "@admin", "@", "＠", "#tag", "#", "＃", "﹟", "$GRV", "$", "http://", "https://", "http", "://", "//", ":", "xmpp:",
    "magnet:?", "gemini://", "evil.com", "evil", ".com", ".fr", "。com", "www.", "/x", "@a@b.fr", "user.bsky.social",
    "\u202e", "\u200d", "\u200b", "\u2060", "\ufeff", "\u00ad", "\u0301", "\ufe0f", "\u20e3", "é", "ß", " ", "\u00a0",
    "\u202f", "\n", "\x00", "\ud800", "\ufffe", "1", "(", "[", "👩", "记", "می\u200cخ",
]  # fmt: skip
HOSTILE = st.lists(st.sampled_from(FRAGMENTS) | st.text(max_size=6), max_size=14).map("".join)
WEB = st.text("aé/@#?=&-_.()~%!*';:, \t«»…[]{}|^<>\"\u202e1", max_size=40).map(
    lambda rest: f"https://journal.fr/{rest}"
)


@pytest.mark.parametrize("network", ["mastodon", "bluesky"])
@given(title=HOSTILE)
@settings(max_examples=400, deadline=None)
def test_a_title_makes_nothing(recognise: Recognise, network: str, title: str) -> None:
    """No network finds a link, hashtag, cashtag or mention in what a feed supplies, whatever words stand around it."""
    nothing = recognise[network]("")
    assert [nothing] * 4 == [
        recognise[network](text)
        for text in (neutral(title), f"a {neutral(title)} b", f"({neutral(title)})", f"«{neutral(title)}»")
    ]


@given(title=HOSTILE)
@settings(max_examples=300, deadline=None)
def test_neutral_text_is_plain(title: str) -> None:
    """Neutral text is one NFC line that can be encoded, holds no control, and stays the same if repeated."""
    text = neutral(title)
    assert text == neutral(text) == unicodedata.normalize("NFC", text).strip()
    assert not regex.search(r"[\p{Cc}\p{Cs}\u202a-\u202e\u2066-\u2069\u200b\ufeff\u00ad]|  ", text)
    text.encode()


@given(link=WEB)
@settings(max_examples=400, deadline=None)
def test_an_address_is_one_link(recognise: Recognise, link: str) -> None:
    """Mastodon takes the whole of an address for one link and finds no mention or hashtag in it."""
    ours = address(link)
    found = recognise["mastodon"](f"Lire : {ours} #CM")
    assert ((ours,), ("CM",), ()) == (found.links, found.tags, found.mentions)
    assert ours == address(ours)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Vraiment\u00a0?", "Vraiment\u00a0?"),
        ("«\u202f\u202fmot »", "«\u202fmot »"),
        ("a \u00a0 b", "a b"),
        ("  bord  ", "bord"),
        ("A\u030angstro\u0308m", "Ångström"),
        ("❤\ufe0f", "❤\ufe0f"),
        ("a\u200d👩", "a👩"),
    ],
)
def test_plain_keeps_what_shows(text: str, expected: str) -> None:
    """French spaces and emoji stay, the rest of white space is one space."""
    assert expected == plain(text)


def test_lines_are_kept_where_wanted() -> None:
    """A wording keeps its lines, with one empty line at most between them."""
    assert "a b\n\nc\nd" == plain(" a\t b \r\n\n\n\nc\u200b\x85d\n", lines=True)


@pytest.mark.parametrize(
    "text",
    ["", "journal.fr", "ftp://journal.fr/", "https://", "https://a b.fr/", "http://[::1", "https://u@journal.fr/", "https://a.fr:x/",
     "https://bon.fr\\@mal.fr/", "javascript:alert(1)//https://journal.fr"],
)  # fmt: skip
def test_what_is_no_address_is_refused(text: str) -> None:
    """Only http and https, no user name, no broken host."""
    with pytest.raises(Invalid):
        address(text)


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ("https://www.journal.fr/", "journal.fr"),
        ("https://journal.fr/une", "journal.fr/une"),
        ("https://journal.fr/2019/12/17/greve.html", "journal.fr/…greve.html"),
        ("https://journal.fr/a/un-titre-bien-trop-long-pour-etre-vu.html", "journal.fr/…"),
        ("https://journal.fr/?id=12", "journal.fr/…"),
    ],
)
def test_a_shown_address_is_short(link: str, expected: str) -> None:
    """A reader sees whose page it is and where it ends."""
    assert expected == shown(link)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("grève de CM", "#GrèveDeCM"), ("#CMenGrève", "#CMenGrève"), ("＃greve", "#greve"),
     ("8 mars", "#8Mars"), ("e\u0301dition", "#édition"),
     ("C’est la lutte !", "#CEstLaLutte"), ("罷工", "#罷工"), ("a\u200bb", "#ab")],
)  # fmt: skip
def test_hashtags_are_made_of_words(text: str, expected: str) -> None:
    """Several words become one tag that screen readers can tell apart."""
    assert expected == hashtag(text)


@pytest.mark.parametrize("text", ["", "#", "49", "!!", "👍", "mot" * 30])
def test_what_is_no_hashtag_is_refused(text: str) -> None:
    """A hashtag needs a letter and at most 64 signs."""
    with pytest.raises(Invalid):
        hashtag(text)


def test_hashtags_stand_once() -> None:
    """The first spelling of a hashtag is kept, in order."""
    assert ("#CM", "#Grève") == hashtags(["CM", "grève".title(), "#cm", "GRÈVE"])
