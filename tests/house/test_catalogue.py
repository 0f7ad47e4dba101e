# SPDX-License-Identifier: AGPL-3.0-or-later
"""The French catalogue is whole: ``make catalogue`` brings it up to date with the code."""

import ast
import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po

ROOT = Path(__file__).parents[2]
FRENCH = ROOT / "relay" / "locales" / "fr" / "LC_MESSAGES"
KEYWORDS = {"_": None, "say": (1,), "say_n": (1, 2)}  # as in the Makefile
BRACES = re.compile(r"\{[^{}]*\}")


@pytest.fixture(scope="module")
def catalogue() -> Catalog:
    """What the translator wrote."""
    return read_po(BytesIO((FRENCH / "piquet.po").read_bytes()), locale="fr")


def forms(words: object) -> tuple[str, ...]:
    """A message id or its translation as a tuple: one form, or the singular and the plural."""
    return tuple(words) if isinstance(words, list | tuple) else (str(words),)


def spoken(catalogue: Catalog) -> list[Message]:
    """All messages but the header."""
    return [message for message in catalogue if message.id]


def test_every_sentence_of_the_code_is_in_the_catalogue(catalogue: Catalog) -> None:
    """And none that the code does not say any more."""
    found = extract_from_dir(ROOT / "relay", keywords=KEYWORDS)
    assert {forms(each[2]) for each in found} == {forms(message.id) for message in spoken(catalogue)}


def test_every_sentence_is_translated(catalogue: Catalog) -> None:
    """In all its forms, and by a person, not by likeness."""
    assert [] == [message.id for message in spoken(catalogue) if not all(forms(message.string)) or message.fuzzy]


def test_braces_are_the_same_in_both_languages(catalogue: Catalog) -> None:
    """A name that is missing or misspelt in French would break the sentence when it is said."""
    other = []
    for message in spoken(catalogue):
        *_, wanted = (sorted(BRACES.findall(form)) for form in forms(message.id))
        *_, given = (sorted(BRACES.findall(form)) for form in forms(message.string))
        if wanted != given:
            other.append(message.id)
    assert [] == other


def test_what_is_compiled_is_what_is_written(catalogue: Catalog) -> None:
    """piquet.mo is made from piquet.po as it stands."""
    compiled = read_mo(BytesIO((FRENCH / "piquet.mo").read_bytes()))
    written, made = ({forms(m.id): forms(m.string) for m in spoken(each)} for each in (catalogue, compiled))
    assert written == made


def unseen(path: Path) -> Iterator[str]:
    """Sentences said within an f-string, where Babel does not look before Python 3.12."""
    for text in (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.JoinedStr)):
        for call in (node for node in ast.walk(text) if isinstance(node, ast.Call)):
            if isinstance(call.func, ast.Name) and call.func.id in KEYWORDS:
                yield f"{path.name}:{call.lineno}: {ast.unparse(call)}"


def test_no_sentence_hides_in_an_f_string(tmp_path: Path) -> None:
    """It would never reach the translator; a sentence planted in one is found."""
    planted = tmp_path / "planted.py"
    planted.write_text("""words = f"{say('Hidden.')}" + str(say("Seen."))""")
    assert ["planted.py:1: say('Hidden.')"] == list(unseen(planted))
    assert [] == [each for path in sorted((ROOT / "relay").rglob("*.py")) for each in unseen(path)]
