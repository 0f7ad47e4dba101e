# SPDX-License-Identifier: AGPL-3.0-or-later
"""The strikers' own words with placeholders, read once and checked before a strike is armed."""

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

import regex

from relay.faults import Invalid
from relay.i18n import say
from relay.networks.port import Limits
from relay.notices.count import excess
from relay.notices.neutral import plain
from relay.terms import NoticeKind

PLACEHOLDERS = (
    "title", "link", "newsroom", "strike", "day", "demand", "demands", "hours", "reasons", "support", "hashtags",
)  # fmt: skip
FRENCH = {
    "titre": "title", "lien": "link", "redaction": "newsroom", "rédaction": "newsroom", "greve": "strike",
    "grève": "strike", "jour": "day", "revendication": "demand", "revendications": "demands", "heures": "hours",
    "raisons": "reasons", "soutien": "support", "mots-dièse": "hashtags", "mots-diese": "hashtags",
}  # fmt: skip
_NAMES = {**{name: name for name in PLACEHOLDERS}, **FRENCH}

# A sentence ends at a full stop before a capital or a placeholder, and at the end of a line.
_GAP = regex.compile(r"\s*\n\s*|(?<=[.!?…](?:[\u00a0\u202f]?[»”\")\]])*)[ \t]+(?![»”)\]!?:;]|\p{Ll})")
_BRACES = regex.compile(r"\{\{|\}\}|\{(?P<name>[^{}\n]*)\}|(?P<lone>[{}])")
_STUCK_BEFORE = regex.compile(r"[^\s(]\Z")
_STUCK_AFTER = regex.compile(r"\A(?![.,;:!?)]*(?:\s|\Z))")
_RUNS_INTO = regex.compile(r"[\p{L}\p{N}_.]\Z")
_RUNS_ON = regex.compile(r"\A(?:[\p{L}\p{N}_]|\.\p{L})")
_MAKES_ENTITY = regex.compile(r"(?:[#＃@＠$]|://\S*)\Z")


@dataclass(frozen=True)
class Piece:
    """Either words (``name`` empty) or a placeholder's name (``words`` empty)."""

    words: str = ""
    name: str = ""


@dataclass(frozen=True)
class Sentence:
    """What is kept or left out as a whole, and the white space that follows it."""

    pieces: tuple[Piece, ...]
    gap: str = ""

    @property
    def names(self) -> frozenset[str]:
        """The placeholders in it."""
        return frozenset(piece.name for piece in self.pieces if piece.name)


@dataclass(frozen=True)
class Wording:
    """A notice still without its facts. ``language`` is BCP 47, empty for one that suits any."""

    text: str
    kind: NoticeKind
    sentences: tuple[Sentence, ...]
    language: str = ""


def parse(text: str, kind: NoticeKind, language: str = "") -> Wording:
    """Read a wording; ``{{`` and ``}}`` are literal braces.

    Raises Invalid with one sentence: an unknown placeholder and its near match, a brace left open, a link that would
    be glued to other words, an article wording without the link.
    """
    text = plain(text, lines=True)
    pieces = _pieces(text)
    if not pieces:
        raise Invalid(say("The wording is empty; write what the notice should say."))
    if kind is NoticeKind.ARTICLE and not any(piece.name == "link" for piece in pieces):
        raise Invalid(say("The wording has no {link}; add it, so that readers still reach the article."))
    for before, piece, after in zip([Piece(), *pieces], pieces, [*pieces[1:], Piece()], strict=False):
        _check_neighbours(before, piece, after)
    return Wording(text, kind, _sentences(pieces), language)


def rotate(wordings: Sequence[Wording], seed: int | str, language: str = "") -> Wording:
    """The wording whose turn it is: successive numbers take turns evenly, a text (a notice's id) picks by its hash.

    Those in ``language`` are preferred, then those for any language, then all. Raises Invalid if there are none.
    """
    if not wordings:
        raise Invalid(say("There is no wording to choose from; write one or keep the ready-made ones."))
    wanted = language.partition("-")[0].lower()
    same = [wording for wording in wordings if wanted and wording.language.partition("-")[0].lower() == wanted]
    turn = seed if isinstance(seed, int) else int.from_bytes(sha256(seed.encode()).digest()[:8], "big")
    choice = same or [wording for wording in wordings if not wording.language] or wordings
    return choice[turn % len(choice)]


def notice_too_long(wording: Wording, limits: Limits, warning: str = "") -> None:
    """Raises Invalid if the wording alone, before any title or link is filled in, is more than a post may hold."""
    words = "".join(
        "".join(piece.words for piece in sentence.pieces) + sentence.gap for sentence in wording.sentences
    ).strip()
    over = excess(words, limits, warning)
    if over:
        raise Invalid(
            say(
                "The wording alone is {over} characters too long for the {most} of this network; shorten it.",
                over=over,
                most=limits.text,
            )
        )


def _pieces(text: str) -> list[Piece]:
    pieces: list[Piece] = []
    end = 0
    words = ""
    for found in _BRACES.finditer(text):
        words, end = words + text[end : found.start()], found.end()
        if found["lone"]:
            where = text[found.start() :][:20]
            raise Invalid(
                say("The brace at “{where}” is not closed; double it if it is meant as a brace.", where=where)
            )
        if found["name"] is None:
            words += found.group()[0]
            continue
        pieces += [*_words(words), Piece(name=_name(found["name"]))]
        words = ""
    return pieces + _words(words + text[end:])


def _name(name: str) -> str:
    known = _NAMES.get(name.strip().lower())
    if known:
        return known
    near = difflib.get_close_matches(name.strip().lower(), _NAMES, n=1, cutoff=0.5)
    if near:
        raise Invalid(say("There is no placeholder {{{name}}}; did you mean {{{near}}}?", name=name, near=near[0]))
    known_ones = " ".join(f"{{{each}}}" for each in PLACEHOLDERS)
    raise Invalid(say("There is no placeholder {{{name}}}; those known are {known}.", name=name, known=known_ones))


def _check_neighbours(before: Piece, piece: Piece, after: Piece) -> None:
    """A placeholder must not become part of a tag, mention or address, nor a link or a tag part of a word."""
    if piece.name and _MAKES_ENTITY.search(before.words):
        raise Invalid(
            say(
                "{{{name}}} stands right behind “{sign}”; put a space between them.",
                name=piece.name,
                sign=before.words[-1],
            )
        )
    if piece.name == "title" and (_RUNS_INTO.search(before.words) or _RUNS_ON.search(after.words)):
        raise Invalid(say("Put a space before and after {{{name}}}, or it runs into other words.", name=piece.name))
    if piece.name not in ("link", "support", "hashtags"):
        return
    if (
        before.name
        or after.name
        or _STUCK_BEFORE.search(before.words)
        or (after.words and _STUCK_AFTER.search(after.words))
    ):
        raise Invalid(say("Put a space before and after {{{name}}}, or it could not be clicked.", name=piece.name))


def _sentences(pieces: Sequence[Piece]) -> tuple[Sentence, ...]:
    sentences: list[Sentence] = []
    current: list[Piece] = []
    for piece in pieces:
        begin = 0
        for gap in _GAP.finditer(piece.words):
            if gap.end() == len(piece.words) and piece is pieces[-1]:
                break
            current += _words(piece.words[begin : gap.start()])
            sentences.append(Sentence(tuple(current), gap.group()))
            current, begin = [], gap.end()
        current += _words(piece.words[begin:]) if piece.words else [piece]
    if current:
        sentences.append(Sentence(tuple(current)))
    return tuple(sentences)


def _words(words: str) -> list[Piece]:
    return [Piece(words)] if words else []
