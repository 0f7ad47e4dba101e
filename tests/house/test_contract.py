# SPDX-License-Identifier: AGPL-3.0-or-later
"""The delivery contract's sentences are the names of its tests."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CONTRACT = (ROOT / "relay" / "deliveries" / "README.md").read_text(encoding="utf-8")
SENTENCES = re.findall(r"\*\*(.+?)\*\*", CONTRACT.split("## Which networks", maxsplit=1)[0], re.DOTALL)
TESTS = {
    name
    for path in (ROOT / "tests").rglob("test_*.py")
    for name in re.findall(r"^(?:async )?def (test_\w+)", path.read_text(encoding="utf-8"), re.MULTILINE)
}


@pytest.mark.parametrize("sentence", SENTENCES)
def test_each_sentence_is_the_name_of_a_test(sentence: str) -> None:
    name = "test_" + re.sub(r"\W+", "_", sentence.strip().rstrip(".").lower())
    assert name in TESTS


def test_the_contract_has_sentences() -> None:
    assert len(SENTENCES) >= 18
