# SPDX-License-Identifier: AGPL-3.0-or-later
"""The strikers' wording is checked before the strike, and takes turns during it."""

from collections import Counter
from itertools import pairwise

import pytest

from relay.faults import Invalid
from relay.networks.port import Limits
from relay.notices.defaults import DEFAULTS, defaults
from relay.notices.wording import FRENCH, PLACEHOLDERS, notice_too_long, parse, rotate
from relay.terms import NoticeKind


@pytest.mark.parametrize("name", [*PLACEHOLDERS, *FRENCH])
def test_every_placeholder_is_known(name: str) -> None:
    """Each English name and each French synonym, in any capitals and with or without accents."""
    wording = parse(f"Grève {{{name.upper()}}} fin", NoticeKind.START)
    assert {FRENCH.get(name, name)} == wording.sentences[0].names


@pytest.mark.parametrize(
    "text",
    ["", " \u200b\n", "{", "}", "{titre", "titre}", "{}", "{titre:>9} {lien}",
     "{titre.__class__} {lien}", "{titre!r} {lien}",
     "{0} {lien}", "x{titre} {lien}", "{titre}x {lien}", "{titre}.fr {lien}",
     "{titre}", "@{newsroom} {lien}", "https://a.fr/{titre} {lien}", "http://{titre} {lien}", "{lien}{titre}",
     "{lien}x", "«{lien}»", "{lien}…",
     "a{mots-dièse} {lien}", "{lien} {soutien}/"],
)  # fmt: skip
def test_a_wording_that_cannot_work_is_refused(text: str) -> None:
    """Refused before the strike is armed, in one sentence that renders."""
    with pytest.raises(Invalid) as refused:
        parse(text, NoticeKind.ARTICLE)
    assert str(refused.value).endswith((".", "?"))
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    "text", ["{lien}", "Lire ({lien}).", "{lien}, {titre}", "{lien}\n{titre}", "« {lien} » !", "{{{titre}}} {lien}"]
)
def test_a_wording_that_works_is_taken(text: str) -> None:
    """Brackets, commas and lines around a link are fine."""
    assert text == parse(text, NoticeKind.ARTICLE).text


def test_sentences_are_told_apart() -> None:
    """Full stops before a capital and line ends part sentences; "p. ex." before a small letter does not."""
    wording = parse("En grève ! Nous, p. ex. chez {newsroom}, demandons. {demand}\nLire : {link}", NoticeKind.ARTICLE)
    assert [
        ("En grève !", " "),
        ("Nous, p. ex. chez <newsroom>, demandons.", " "),
        ("<demand>", "\n"),
        ("Lire : <link>", ""),
    ] == [("".join(p.words or f"<{p.name}>" for p in each.pieces), each.gap) for each in wording.sentences]


def test_wordings_take_turns_evenly() -> None:
    """Nine notices use three wordings three times each, and never the same twice in a row."""
    wordings = [parse(f"Grève {n} {{lien}}", NoticeKind.ARTICLE) for n in range(3)]
    turns = [rotate(wordings, number).text for number in range(9)]
    assert {3} == set(Counter(turns).values())
    assert all(one != next_one for one, next_one in pairwise(turns))


def test_a_turn_by_hash_is_the_same_every_time() -> None:
    """A notice's id picks one wording, whichever process asks."""
    wordings = [parse(f"Grève {n} {{lien}}", NoticeKind.ARTICLE) for n in range(3)]
    assert ["Grève 2 {lien}", "Grève 2 {lien}"] == [rotate(wordings, "avis-7").text for _ in range(2)]
    assert 3 == len({rotate(wordings, f"avis-{n}").text for n in range(20)})


@pytest.mark.parametrize(("language", "expected"), [("fr-CA", "fr"), ("en", "en"), ("de", "any"), ("", "any")])
def test_the_language_is_respected(language: str, expected: str) -> None:
    """A wording in the article's language first, then one for any language."""
    wordings = [
        parse(f"{code} {{lien}}", NoticeKind.ARTICLE, code if code != "any" else "") for code in ("fr", "en", "any")
    ]
    assert {f"{expected} {{lien}}"} == {rotate(wordings, number, language).text for number in range(6)}


def test_no_wording_is_said_plainly() -> None:
    """Nothing to choose from is a sentence, not a crash."""
    with pytest.raises(Invalid):
        rotate([], 0)


@pytest.mark.parametrize(("language", "kind"), DEFAULTS)
def test_the_ready_made_wordings_fit_everywhere(language: str, kind: NoticeKind) -> None:
    """Each leaves at least 100 of Bluesky's 300 signs for the facts."""
    for wording in defaults(kind, f"{language}-XX"):
        notice_too_long(wording, Limits(200))
        assert language == wording.language


def test_a_wording_too_long_by_itself_is_refused_with_the_figure() -> None:
    """Placeholders do not count, the words do."""
    wording = parse("Grève " * 10 + "{lien}", NoticeKind.ARTICLE)
    notice_too_long(wording, Limits(59))
    with pytest.raises(Invalid, match="9 characters too long for the 50"):
        notice_too_long(wording, Limits(50))
