# SPDX-License-Identifier: AGPL-3.0-or-later
"""Every input that the fuzzers began with or stumbled on, once more; atheris is not needed for that."""

from pathlib import Path

import pytest
from fuzz import dates, doctor, feeds, gears, guard, hubs, links

from relay.outside.guard import Guard

CORPUS = Path(__file__).parents[1] / "corpus" / "fuzz"
TARGETS = {
    target.__name__.rpartition(".")[2]: target.check for target in (dates, doctor, feeds, gears, guard, hubs, links)
}
INPUTS = sorted(path.relative_to(CORPUS).as_posix() for path in CORPUS.glob("*/*"))


@pytest.mark.parametrize("name", INPUTS)
def test_no_input_is_too_much(name: str) -> None:
    TARGETS[name.partition("/")[0]]((CORPUS / name).read_bytes())


def test_a_guard_that_lets_one_private_address_through_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "GUARD", Guard(["127.0.0.1"]))
    with pytest.raises(AssertionError, match=r"127\.0\.0\.1"):
        guard.check(b"http://127.0.0.1/")


@pytest.mark.parametrize("link", [b"http://gazette.example/1", b"https://GAZETTE.example/1"])
def test_two_spellings_of_one_address_are_found_out(monkeypatch: pytest.MonkeyPatch, link: bytes) -> None:
    monkeypatch.setattr(links, "normalise", lambda link: link.strip().removeprefix("https://"))
    with pytest.raises(AssertionError):
        links.check(link)
