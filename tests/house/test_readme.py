# SPDX-License-Identifier: AGPL-3.0-or-later
"""The README tells the truth: its map is the tree, every setting and command is in it, its links lead somewhere.

The map is the first fenced block after the heading "## Rooms": one line a file or folder, its name, two spaces or
more, and what it is; what lies in a folder is indented by two spaces more than the folder, whose name ends in "/".
Folders that are drawn without their content may hold anything.
"""

import re
from pathlib import Path

import pytest

from relay.settings import OPTIONS

ROOT = Path(__file__).parents[2]
LINE = re.compile(r"(?P<indent> *)(?P<names>\S+(?: · \S+| \S+\.\w+)*)(?:  +(?P<doc>\S.*))?")
SKIPPED = {"__init__.py", "__pycache__", "py.typed", "node_modules"}


@pytest.fixture(scope="module")
def readme() -> str:
    """The page."""
    return (ROOT / "README.md").read_text()


def places(text: str) -> list[str]:
    """The paths in the map, folders with a slash at their end; several names may share a line ("a.py b.py")."""
    block = re.search(r"^## Rooms\n.*?^```\w*\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    assert block, "README.md has no fenced block under “## Rooms”"
    found: list[str] = []
    above: list[str] = []
    for line in filter(str.strip, block[1].splitlines()):
        read = LINE.fullmatch(line)
        assert read, f"not a line of the map: {line!r}"
        above = above[: len(read["indent"]) // 2]
        names = re.split(r" · | ", read["names"])
        found += ["".join([*above, name]) for name in names]
        above.append(names[-1])
    return found


def test_everything_on_the_map_is_there(readme: str) -> None:
    """No room on paper only."""
    gone = [
        place
        for place in places(readme)
        if not (ROOT / place).exists() or (ROOT / place).is_dir() != place.endswith("/")
    ]
    assert [] == gone


def test_everything_there_is_on_the_map(readme: str) -> None:
    """Every file and folder of relay/, and of every folder whose content is drawn."""
    drawn = places(readme)
    opened = {
        place for place in drawn if place.endswith("/") and any(p.startswith(place) and p != place for p in drawn)
    }
    there = {
        f"{folder}{path.name}{'/' if path.is_dir() else ''}"
        for folder in opened | {"relay/"}
        for path in (ROOT / folder).iterdir()
        if path.name not in SKIPPED and not path.name.startswith(".") and path.suffix != ".pyc"
    }
    assert set() == there - set(drawn)


def test_every_setting_is_in_the_readme(readme: str) -> None:
    """By its name, in code type."""
    assert [] == [name for name in OPTIONS if f"`{name}`" not in readme]


def test_every_command_is_in_the_readme(readme: str, words: str) -> None:
    """As it is typed."""
    assert re.search(rf"{words}\b", readme)


def test_links_within_the_house_lead_somewhere(readme: str) -> None:
    """To a file that is there, or to a heading of the page."""
    headings = {
        re.sub(r"[^\w\- ]", "", h.lower()).strip().replace(" ", "-") for h in re.findall(r"(?m)^#+ (.+)$", readme)
    }
    broken = [
        target
        for target in re.findall(r"\]\(([^)\s]+)\)", readme)
        if not re.match(r"https?://|mailto:", target)
        if not (target[1:] in headings if target.startswith("#") else (ROOT / target.partition("#")[0]).exists())
    ]
    assert [] == broken
