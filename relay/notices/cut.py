# SPDX-License-Identifier: AGPL-3.0-or-later
"""Shortening a text the way a printer would: between words, with an ellipsis, leaving no lone mark behind."""

import regex

from relay.notices.neutral import graphemes

# Scripts written without spaces may break between any two of their characters (kinsoku is served by _LOOSE_END).
_UNSPACED = r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]"
# An ordinary space breaks; the no-break spaces of « grève ! » do not, nor does the space in "10 000".
_BREAK = regex.compile(rf"(?<!\d) +|(?<=\d) +(?!\d)|(?<={_UNSPACED}\p{{M}}*)(?={_UNSPACED}|\p{{P}})(?!\p{{M}})")
_LOOSE_END = regex.compile(r"[[\s\p{P}\p{Cf}+|=<>~^]--[»”’\)\]」』》%‰]]+\Z", regex.V1)
_LOOSE = 4  # graphemes beyond the limit that may turn out to be a loose end, such as " ?»"
_PAIRS = {"«": "»", "“": "”", "(": ")", "[": "]", "「": "」", "『": "』", "《": "》"}


def shorten(text: str, most: int) -> str:
    """The longest beginning of ``text`` in at most ``most`` graphemes, with "…" where it was cut; "" if no word fits.

    Cuts between words only and closes the quotation marks and brackets it leaves open.
    """
    ends = [found.end() for found in regex.finditer(r"\X", text)]
    if len(ends) <= most:
        return text
    last = ends[min(most + _LOOSE, len(ends) - 1)]
    for cut in reversed([found.start() for found in _BREAK.finditer(text) if found.start() <= last]):
        head = _LOOSE_END.sub("", text[:cut])
        short = f"{head}…{_closing(head)}"
        if head and len(graphemes(short)) <= most:
            return short
    return ""


def _closing(text: str) -> str:
    """The marks that close what ``text`` leaves open, innermost first."""
    open_marks: list[str] = []
    for sign in text:
        if sign in _PAIRS:
            open_marks.append(_PAIRS[sign])
        elif open_marks and sign == open_marks[-1]:
            open_marks.pop()
    return "".join("\u00a0»" if mark == "»" else mark for mark in reversed(open_marks))
