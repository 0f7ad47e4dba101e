# SPDX-License-Identifier: AGPL-3.0-or-later
"""Independent recognisers: what the networks themselves would find in a text.

Bluesky: the facet detection of the ``atproto`` SDK, a port of bluesky-social/atproto's ``packages/api/src/rich-text``.
Mastodon: written after ``config/initializers/twitter_regex.rb``, ``Account::MENTION_RE`` (app/models/account.rb) and
``Tag::HASHTAG_RE`` (app/models/tag.rb) of mastodon/mastodon.
"""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
import regex
from atproto_client.utils.facet_detection import detect_facets, detect_mentions

WORD = r"\p{Alphabetic}\p{M}\p{Nd}\p{Pc}"
MENTION = regex.compile(
    rf"(?<![=/{WORD}])@([a-z0-9_]+(?:[a-z0-9_.-]+[a-z0-9_]+)?(?:@[{WORD}.-]+[{WORD}]+)?)", regex.IGNORECASE
)
SEPARATORS = "_\u00b7\u30fb\u200c"
FIRST = rf"[{WORD}_][{WORD}{SEPARATORS}]*[\p{{Alphabetic}}{SEPARATORS}][{WORD}{SEPARATORS}]*[{WORD}_]"
LAST = rf"[{WORD}_]*\p{{Alphabetic}}[{WORD}_]*"
HASHTAG = regex.compile(rf"(?<![=/)\p{{Alphabetic}}\p{{Nd}}])[#＃]({FIRST}|{LAST})")

GENERAL = r"[^\s<>()?]"
BALANCED = rf"\((?:{GENERAL}+|{GENERAL}*\({GENERAL}+\){GENERAL}*)\)"
ENDING = rf"(?:[^\s()?!*\"'「」<>;:=,.$%\[\]~&|@]|{BALANCED})"
PATH = rf"(?:{GENERAL}|{BALANCED})*{ENDING}"
QUERY = r"[a-z0-9!?*'();:&=+$/%#\[\]\-_.,~|@^\u00a1-\U0010fffd]*[a-z0-9_&=#/\-\u00a1-\U0010fffd]"
LINK = regex.compile(
    r"(?<![A-Za-z0-9@＠$#＃])(?:https?|dat|dweb|ipfs|ipns|ssb|gopher|gemini)://"
    rf"(?:[\p{{L}}\p{{N}}_-]+\.)+(?:fr|com|org)(?::\d+)?(?:/(?:{PATH})?)?(?:\?{QUERY})?",
    regex.IGNORECASE,
)
EXTENDED = regex.compile(r"(?<![A-Za-z0-9@＠$#＃])(?:xmpp:\S+\.\p{L}{2,}|magnet:\?\S+)", regex.IGNORECASE)


@dataclass(frozen=True)
class Found:
    """The links, hashtags (without sign) and mentions a network would make of a text."""

    links: tuple[str, ...]
    tags: tuple[str, ...]
    mentions: tuple[str, ...]


def on_mastodon(text: str) -> Found:
    links = [found.group() for pattern in (LINK, EXTENDED) for found in pattern.finditer(text)]
    return Found(tuple(links), tuple(HASHTAG.findall(text)), tuple(MENTION.findall(text)))


def on_bluesky(text: str) -> Found:
    features = [facet.features[0] for facet in detect_facets(text)]
    links = tuple(feature.uri for feature in features if hasattr(feature, "uri"))
    tags = tuple(feature.tag for feature in features if hasattr(feature, "tag"))
    return Found(links, tags, tuple(mention.handle for mention in detect_mentions(text)))


@pytest.fixture(scope="session")
def recognise() -> dict[str, Callable[[str], Found]]:
    """By network: what it would find in a text."""
    return {"mastodon": on_mastodon, "bluesky": on_bluesky}
