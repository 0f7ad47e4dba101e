# SPDX-License-Identifier: AGPL-3.0-or-later
"""Golden pairs: a wording with its facts, and beside it the notice as it leaves. A new awkward case is two files."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from relay.faults import Invalid
from relay.networks.port import Capabilities, Limits
from relay.notices.compose import compose
from relay.notices.facts import Facts
from relay.notices.wording import parse
from relay.terms import NoticeKind

CORPUS = Path(__file__).parents[1] / "corpus" / "notices"
NAMES = sorted(path.name.removesuffix(".in.json") for path in CORPUS.glob("*.in.json"))
NETWORKS = {
    "mastodon": {"text": 500, "link_cost": 23, "mention_domains_free": True, "warning_counts": True},
    "gotosocial": {"text": 5000, "unit": "codepoint", "warning_counts": True},
    "bluesky": {"text": 300, "byte_limit": 3000, "languages": 3},
}


def _composed(given: Mapping[str, Any]) -> dict[str, Any]:
    """What becomes of a pair's left half. A ``title_times`` repeats the title, to keep the megabytes out of files."""
    facts = {key: tuple(value) if isinstance(value, list) else value for key, value in given["facts"].items()}
    facts["title"] = facts.get("title", "") * given.get("title_times", 1)
    network = given["network"]
    limits = Limits(**{**NETWORKS[network["like"]], **{k: v for k, v in network.items() if k != "like"}})
    mastodon_like = network["like"] != "bluesky"
    capabilities = Capabilities(limits, rich_text=not mastodon_like, content_warning=mastodon_like)
    moment = datetime(2019, 12, 17, 9, tzinfo=UTC)
    try:
        wording = parse(given["wording"], NoticeKind(given.get("kind", "article")))
        fitted = compose(
            wording, Facts(**facts), capabilities, limits, created_at=moment, warning=given.get("warning", "")
        )
    except Invalid as refused:
        return {"invalid": str(refused)}
    return {
        "text": fitted.post.text,
        "spans": [[span.start, span.end, span.kind, span.target] for span in fitted.post.spans],
        "length": fitted.length,
        "shortened": [message.msgid for message in fitted.shortened],
    }


@pytest.mark.parametrize("name", NAMES)
def test_composes_as_the_pair_says(name: str) -> None:
    """A notice leaves exactly as its golden pair shows it, or is refused in that very sentence."""
    given = json.loads((CORPUS / f"{name}.in.json").read_text(encoding="utf-8"))
    expected = json.loads((CORPUS / f"{name}.out.json").read_text(encoding="utf-8"))
    assert expected == _composed(given)


def test_every_pair_is_whole() -> None:
    """No half of a pair stands alone, and there are enough of them to mean something."""
    assert {path.name.removesuffix(".out.json") for path in CORPUS.glob("*.out.json")} == set(NAMES)
    assert len(NAMES) >= 40
