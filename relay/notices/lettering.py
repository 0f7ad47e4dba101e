# SPDX-License-Identifier: AGPL-3.0-or-later
"""Setting words in Lato: which signs the font has, how lines break, how big they can be."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

import regex
from PIL import ImageFont

BLACK, BOLD = "Lato-Black", "Lato-Bold"
_MEASURED = 200  # pixels
_FRENCH_SPACE = regex.compile(r"\u202f| (?=[»!?:;])|(?<=«) ")  # never broken; Lato has no narrow one


@dataclass(frozen=True)
class Set:
    """Words set in lines of one size; ``step`` is the distance of two baselines in pixels."""

    lines: tuple[str, ...]
    weight: str
    size: int
    step: int

    @property
    def height(self) -> int:
        """From the top of the first line's capitals to the last baseline."""
        return self.step * (len(self.lines) - 1) + capitals(self.weight, self.size) if self.lines else 0


@cache
def font(weight: str, size: int) -> ImageFont.FreeTypeFont:
    """Lato at ``size`` pixels. The basic layout engine gives the same picture on every machine."""
    path = files("font_lato").joinpath("files", f"{weight}.ttf")
    return ImageFont.truetype(str(path), size, layout_engine=ImageFont.Layout.BASIC)


def width(text: str, weight: str, size: int) -> float:
    """The advance of one line in pixels, a little generously: measured once a word, since measuring is what costs."""
    words = text.split(" ")
    advance = sum(_advance(word, weight) for word in words) + _advance(" ", weight) * (len(words) - 1)
    return advance * size / _MEASURED * 1.01


@lru_cache(maxsize=2048)
def _advance(word: str, weight: str) -> float:
    return font(weight, _MEASURED).getlength(word)


def capitals(weight: str, size: int) -> int:
    """The height of a capital letter in pixels."""
    return -int(font(weight, size).getbbox("H", anchor="ls")[1])


def letters(text: str, weight: str = BLACK) -> str:
    """``text`` in signs the font has: "ŵ" becomes "w", and what has no likeness (an emoji) is left out."""
    text = unicodedata.normalize("NFC", text)
    drawn = "".join(sign if _has(sign, weight) else _likeness(sign, weight) for sign in text)
    return _FRENCH_SPACE.sub("\u00a0", " ".join(part for part in drawn.split(" ") if part))


def set_at(text: str, weight: str, size: int, box: tuple[int, int], leading: float) -> Set | None:
    """``text`` in lines at ``size``, or None if it is larger than ``box`` (width, height)."""
    lines = _wrapped(text.split(" ") if text else [], weight, size, box[0])
    done = Set(lines or (), weight, size, round(size * leading))
    return done if lines is not None and done.height <= box[1] else None


def fitted(text: str, weight: str, box: tuple[int, int], sizes: Sequence[int], leading: float) -> Set:
    """``text`` as big as ``box`` (width, height) allows among ``sizes``, biggest first.

    Where even the smallest is too big, whole words are left out at the end and "…" says so.
    """
    for size in sizes:
        if done := set_at(text, weight, size, box, leading):
            return done
    words = text.split(" ")
    for kept in range(len(words) - 1, 0, -1):
        cut = " ".join(words[:kept]).rstrip(".,;:!?—–-\u00a0") + "…"
        if done := set_at(cut, weight, sizes[-1], box, leading):
            return done
    return Set((), weight, sizes[-1], sizes[-1])


def _wrapped(words: Sequence[str], weight: str, size: int, most: int) -> tuple[str, ...] | None:
    """Lines of at most ``most`` pixels, or None if one word is wider."""
    lines: list[str] = []
    for word in words:
        if width(word, weight, size) > most:
            return None
        if lines and width(f"{lines[-1]} {word}", weight, size) <= most:
            lines[-1] = f"{lines[-1]} {word}"
        else:
            lines.append(word)
    return tuple(lines)


@cache
def _has(sign: str, weight: str) -> bool:
    """The font draws its "missing" box for what it does not have; U+FFFF is never there."""
    return sign in " \u00a0\u202f" or (sign.isprintable() and _drawn(sign, weight) != _drawn("\uffff", weight))


def _drawn(sign: str, weight: str) -> bytes:
    return bytes(font(weight, 40).getmask(sign))


def _likeness(sign: str, weight: str) -> str:
    base = unicodedata.normalize("NFKD", sign)[0]
    return base if base != sign and _has(base, weight) else ""
