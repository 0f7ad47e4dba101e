# SPDX-License-Identifier: AGPL-3.0-or-later
"""The strike picture: a placard in red, black and cream, drawn from the strike's words."""

from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from types import MappingProxyType

from PIL import Image, ImageDraw

from relay.networks.port import Picture
from relay.notices.cut import shorten
from relay.notices.defaults import spoken
from relay.notices.lettering import BLACK, BOLD, Set, capitals, fitted, font, letters, width
from relay.notices.listing import bullet, listing
from relay.notices.neutral import beginning, plain

SIZE = (1200, 675)
ALT_TEXT = 1500  # Mastodon's and GoToSocial's limit

_RED, _INK, _CREAM = (200, 16, 46), (20, 18, 18), (255, 243, 220)
_RED_ON_INK = (255, 77, 84)  # lightened to 6:1 on black
_MARGIN = 64
_WIDE = SIZE[0] - 2 * _MARGIN
_SLANT = 46  # how much lower the black field begins on the left than on the right

_WORDS = MappingProxyType({
    "fr": {"strike": "EN GRÈVE", "day": "JOUR", "demands": "NOUS DEMANDONS", "and": "et {n} autres",
           "alt": "Pancarte de grève", "alt_day": "jour {day}", "alt_demands": "Nous demandons"},
    "en": {"strike": "ON STRIKE", "day": "DAY", "demands": "WE DEMAND", "and": "and {n} more",
           "alt": "Strike placard", "alt_day": "day {day}", "alt_demands": "We demand"},
})  # fmt: skip


@dataclass(frozen=True)
class Words:
    """What stands on the placard; ``day`` 0 is not shown. ``language`` is BCP 47."""

    strike: str
    newsroom: str
    demands: tuple[str, ...] = ()
    day: int = 0
    language: str = "fr"


@lru_cache(maxsize=64)
def pancarte(words: Words) -> Picture:
    """The placard as a PNG of 1200 × 675, the same bytes for the same words, with its description."""
    image = Image.new("RGB", SIZE, _RED)
    field = _draw_demands(image, words)
    pen = ImageDraw.Draw(image)
    _draw_head(pen, words)
    _draw_name(pen, _lettered(words.strike, 160).upper() or _said(words)["strike"], field)
    if words.day > 0:
        _stamp_day(image, words)
    file = BytesIO()
    image.quantize(64, dither=Image.Dither.NONE).save(file, "PNG", optimize=True)
    return Picture(file.getvalue(), "image/png", alt_text(words), *SIZE)


def alt_text(words: Words, most: int = ALT_TEXT) -> str:
    """All the words of the placard in full, whatever the picture had room for, within ``most`` graphemes."""
    said = _said(words)
    day = f", {said['alt_day'].format(day=words.day)}" if words.day > 0 else ""
    colon = "\u00a0:" if spoken(words.language) == "fr" else ":"
    text = f"{_sentence(said['alt'] + colon + ' ' + plain(words.strike))} {_sentence(plain(words.newsroom) + day)}"
    if demands := [plain(each) for each in words.demands if plain(each)]:
        text += f" {_sentence(said['alt_demands'] + colon + ' ' + ' · '.join(demands))}"
    return shorten(text, most) or beginning(text, most)


def _lettered(text: str, most: int, weight: str = BLACK) -> str:
    """At most the first ``most`` signs of ``text``, by whole words, as far as the font can draw them."""
    return shorten(letters(plain(text), weight), most)


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?", "…")) else f"{text}."


def _said(words: Words) -> dict[str, str]:
    return _WORDS[spoken(words.language)]


def _draw_head(pen: ImageDraw.ImageDraw, words: Words) -> None:
    """The newsroom on a black label at the top, spaced like a masthead."""
    room = 660 if words.day > 0 else _WIDE - 60
    name = fitted(_lettered(words.newsroom, 80).upper(), BLACK, (room, 60), range(36, 19, -2), 1.2)
    if not name.lines:
        return
    high = name.height
    right = _MARGIN + max(width(line, BLACK, name.size) for line in name.lines) + 44
    pen.rectangle((_MARGIN, 52, right, 52 + high + 36), fill=_INK)
    _draw_lines(pen, name, (_MARGIN + 22, 52 + 18), _CREAM)


def _draw_name(pen: ImageDraw.ImageDraw, name: str, field: int) -> None:
    """The strike's name as big as the red field allows, standing on the black one."""
    top, bottom = 162, field - 44
    big = fitted(name, BLACK, (_WIDE, bottom - top), range(260, 39, -2), 1.02)
    _draw_lines(pen, big, (_MARGIN - big.size // 24, top + (bottom - top - big.height) // 2), _CREAM)


def _draw_demands(image: Image.Image, words: Words) -> int:
    """The black field with the demands; returns the height at which it begins on its higher side."""
    said = _said(words)
    demands = [drawn for each in words.demands if (drawn := _lettered(each, 200, BOLD))]
    listed = listing(demands, said["and"], (_WIDE, 190))
    field = SIZE[1] - _SLANT - (listed.height + 122 if demands else 54)
    _fill_field(image, field)
    if not demands:
        return field
    pen = ImageDraw.Draw(image)
    y = field + _SLANT + 34
    pen.text((_MARGIN, y), said["demands"], font=font(BLACK, 22), fill=_RED_ON_INK, anchor="lt")
    for left, top, demand in listed.placed():
        at, side = (_MARGIN + left, y + 44 + top), bullet(demand)
        dot = at[1] + (capitals(BOLD, demand.size) - side) // 2
        pen.rectangle((at[0], dot, at[0] + side, dot + side), fill=_RED_ON_INK)
        _draw_lines(pen, demand, (at[0] + listed.indent, at[1]), _CREAM)
    return field


def _fill_field(image: Image.Image, field: int) -> None:
    """The black field under a slanted edge, drawn four times as big and reduced, so that the edge is smooth."""
    mask = Image.new("L", (SIZE[0] * 4, SIZE[1] * 4))
    corners = [(0, field + _SLANT), (SIZE[0], field), SIZE, (0, SIZE[1])]
    ImageDraw.Draw(mask).polygon([(4 * x, 4 * y) for x, y in corners], fill=255)
    image.paste(_INK, (0, 0), mask.reduce(4))


def _stamp_day(image: Image.Image, words: Words) -> None:
    """The day of strike as a tilted stamp in the upper right corner."""
    text = f"{_said(words)['day']} {words.day}"
    size = 54 if len(text) <= 8 else 44
    wide, high = round(width(text, BLACK, size)) + 56, capitals(BLACK, size) + 48
    stamp = Image.new("RGBA", (wide + 8, high + 8), (*_CREAM, 0))  # a clear rim keeps the turned edge smooth
    pen = ImageDraw.Draw(stamp)
    pen.rectangle((4, 4, wide + 3, high + 3), fill=_CREAM)
    pen.text((32, high - 20), text, font=font(BLACK, size), fill=_RED, anchor="ls")
    turned = stamp.rotate(4, Image.Resampling.BICUBIC, expand=True)
    image.paste(turned, (SIZE[0] - _MARGIN - turned.width, 36), turned)


def _draw_lines(pen: ImageDraw.ImageDraw, words: Set, at: tuple[int, int], colour: tuple[int, int, int]) -> None:
    """Lines with the top of their capitals at ``at``."""
    base = at[1] + capitals(words.weight, words.size)
    for number, line in enumerate(words.lines):
        pen.text(
            (at[0], base + number * words.step), line, font=font(words.weight, words.size), fill=colour, anchor="ls"
        )
