# SPDX-License-Identifier: AGPL-3.0-or-later
"""Awkward feeds, one a file in tests/corpus/feeds, the expectation beside it as ``<name>.json``.

An expectation with ``count`` names only the first of so many entries.
"""

import json
from pathlib import Path

import pytest

from relay.feeds.parse.reading import read
from relay.terms import Entry

CORPUS = Path(__file__).parents[1] / "corpus" / "feeds"
ADDRESS = "https://gazette.example/feed"
EXPECTED = {
    path.stem: json.loads(path.read_text("utf-8"))
    for path in sorted(CORPUS.iterdir())
    if path.suffix == ".json" and (CORPUS / path.stem).exists()
}


def told(entry: Entry) -> dict[str, str | None]:
    published = entry.published and entry.published.isoformat(timespec="seconds").replace("+00:00", "Z")
    return {"id": entry.guid or None, "link": entry.link or None, "title": entry.title or None, "published": published}


@pytest.mark.parametrize("name", EXPECTED)
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


def test_every_feed_has_its_expectation() -> None:
    feeds = {path.name for path in CORPUS.iterdir()} - {f"{name}.json" for name in EXPECTED}
    assert feeds == set(EXPECTED)
    assert len(EXPECTED) >= 400
