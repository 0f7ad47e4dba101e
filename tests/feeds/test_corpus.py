# SPDX-License-Identifier: AGPL-3.0-or-later
"""Awkward feeds, one a file in tests/corpus/feeds, the expectation beside it as ``<name>.json``.

An expectation with ``count`` names only the first of so many entries. One that is ``boxed`` belongs to a feed on which
feedparser hangs: no process reads it that may not be killed.
"""

import json
from pathlib import Path

import pytest

from relay.faults import NotAFeed
from relay.feeds.parse.parser import Parser
from relay.feeds.parse.reading import read
from relay.terms import Entry

CORPUS = Path(__file__).parents[1] / "corpus" / "feeds"
ADDRESS = "https://gazette.example/feed"
EXPECTED = {
    path.stem: json.loads(path.read_text("utf-8"))
    for path in sorted(CORPUS.iterdir())
    if path.suffix == ".json" and (CORPUS / path.stem).exists()
}
BOXED = [name for name, expected in EXPECTED.items() if expected.get("boxed")]
CASES = [name for name in EXPECTED if name not in BOXED]


def told(entry: Entry) -> dict[str, str | None]:
    published = entry.published and entry.published.isoformat(timespec="seconds").replace("+00:00", "Z")
    return {"id": entry.guid or None, "link": entry.link or None, "title": entry.title or None, "published": published}


@pytest.mark.parametrize("name", CASES)
def test_an_awkward_feed_is_read_as_a_person_would(name: str) -> None:
    expected = dict(EXPECTED[name])
    document = read((CORPUS / name).read_bytes(), expected.pop("content_type", ""), ADDRESS)
    if document is None:
        assert expected == {"fault": "NotAFeed"}
        return
    listed = len(expected.get("entries", []))
    assert expected.pop("count", listed) == len(document.entries)
    found = {"entries": [told(entry) for entry in document.entries[:listed]]}
    found |= {each: getattr(document, each) for each in expected if each != "entries"}
    assert found == expected


@pytest.mark.parametrize("name", BOXED)
async def test_a_feed_on_which_feedparser_hangs_is_given_up(name: str) -> None:
    parser = Parser(seconds=0.5)
    try:
        with pytest.raises(NotAFeed):
            await parser.parse((CORPUS / name).read_bytes(), "", ADDRESS)
    finally:
        await parser.aclose()


def test_every_feed_has_its_expectation() -> None:
    feeds = {path.name for path in CORPUS.iterdir()} - {f"{name}.json" for name in EXPECTED}
    assert feeds == set(EXPECTED)
    assert len(EXPECTED) >= 400
