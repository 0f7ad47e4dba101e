# SPDX-License-Identifier: AGPL-3.0-or-later
"""Text that strangers supply, made plain: it can show, but never mention, tag, link or reorder what stands around it.

Two strengths: ``plain`` for the strikers' own words (they may mention and tag), ``neutral`` for what a feed supplies.
"""

import unicodedata
from itertools import islice

import regex

CAP = 4000  # code points of a feed's text looked at; no title is longer, and a megabyte costs nothing

_JOINER = "\u2060"  # word joiner: invisible, never a part of a name, a tag or an address
_NO_BREAK = "\u00a0\u202f"

# ZERO WIDTH (NON-)JOINER holds an emoji family together and spells Persian and Indic words; elsewhere it only hides.
_SPELLING = r"[\p{Arabic}\p{Syriac}\p{Devanagari}\p{Bengali}\p{Tamil}\p{Telugu}\p{Kannada}\p{Malayalam}\p{Sinhala}]"
_JOINED = rf"(?:(?<=[\p{{Extended_Pictographic}}\p{{Emoji_Modifier}}\uFE0F])\u200D(?=\p{{Extended_Pictographic}})|(?<={_SPELLING})[\u200C\u200D](?={_SPELLING}))"  # noqa: E501
_INVISIBLE = regex.compile(
    rf"{_JOINED}(*SKIP)(*FAIL)"
    r"|[[\p{Cc}\p{Cf}\p{Cs}\p{Noncharacter_Code_Point}\p{Default_Ignorable_Code_Point}]--[\uFE00-\uFE0F]]",
    regex.V1,
)
_SPACE = regex.compile(r"[\s\x1c-\x1f\x85\u2028\u2029]+")
_EMPTY_LINES = regex.compile(r"\n{3,}")
_PILE = regex.compile(r"(\p{M}{8})\p{M}+")

_GRAPHEME = regex.compile(r"\X")
_SCHEME = regex.compile(r"https?://", regex.IGNORECASE)
_SIGN = regex.compile(r"[@＠﹫#＃﹟]|\$(?=[A-Za-z]|$)|/(?=/)|(?<=xmpp|magnet):", regex.IGNORECASE)
# Bluesky's recogniser and most chat programs link a bare domain: word, dot, two letters or more.
_DOMAIN_DOT = regex.compile(r"[.．。｡](?=\p{L}{2})")


def plain(text: str, *, lines: bool = False) -> str:
    """The visible characters of ``text`` in NFC, on one line unless ``lines``; the no-break spaces of French stay.

    Gone: controls, bidirectional overrides, zero-width and tag characters, soft hyphens, byte order marks, lone
    surrogates, non-characters and piles of more than eight combining marks.
    """
    if lines:
        return _EMPTY_LINES.sub("\n\n", "\n".join(plain(line) for line in text.splitlines())).strip()
    text = _INVISIBLE.sub("", _SPACE.sub(_one_space, text))
    text = _PILE.sub(r"\1", unicodedata.normalize("NFC", text))
    return _SPACE.sub(_one_space, text).strip()


def neutral(text: str) -> str:
    """What a feed supplies as one plain line in which neither Mastodon nor Bluesky finds a mention, a tag or a link.

    The sign stays readable: an invisible word joiner after it breaks the pattern, since every recogniser wants a
    letter or digit there. Addresses lose their scheme. Sources of the patterns: Mastodon's ``Account::MENTION_RE``,
    ``Tag::HASHTAG_RE`` and ``config/initializers/twitter_regex.rb``
    (https://github.com/mastodon/mastodon), ``packages/api/src/rich-text`` of https://github.com/bluesky-social/atproto.
    """
    text = plain(text[:CAP])
    while _SCHEME.search(text):  # taking one out may bring two halves of another together
        text = plain(_SCHEME.sub("", text))
    text = _SIGN.sub(lambda found: found.group() + _JOINER, text)
    return _DOMAIN_DOT.sub(lambda found: found.group() + _JOINER, text)


def graphemes(text: str) -> list[str]:
    """The user-perceived characters of ``text`` (Unicode's extended grapheme clusters)."""
    return _GRAPHEME.findall(text)


def beginning(text: str, most: int) -> str:
    """At most the first ``most`` graphemes of ``text``."""
    return "".join(found.group() for found in islice(_GRAPHEME.finditer(text), most))


def _one_space(found: "regex.Match[str]") -> str:
    run = found.group()
    return run[0] if all(sign in _NO_BREAK for sign in run) else " "
