# SPDX-License-Identifier: AGPL-3.0-or-later
"""The strike's own hashtags: #GrèveDeCM from what people type. Never made from what a feed says."""

from collections.abc import Iterable

import regex

from relay.faults import Invalid
from relay.i18n import say
from relay.notices.neutral import graphemes, plain

LONGEST = 64  # graphemes in app.bsky.richtext.facet#tag; Mastodon has no lower limit

_WORD = regex.compile(r"[\p{L}\p{M}\p{N}_]+")


def hashtag(text: str) -> str:
    """``text`` as one hashtag: several words are joined, each with a capital ("#grève de CM" → "#GrèveDeCM").

    Raises Invalid if no letter is left or it is longer than a network takes.
    """
    words = _WORD.findall(plain(text))
    name = words[0] if len(words) == 1 else "".join(word[:1].upper() + word[1:] for word in words)
    if not regex.search(r"\p{L}", name):
        raise Invalid(say("“{text}” cannot be a hashtag; use at least one letter.", text=plain(text)))
    if len(graphemes(name)) > LONGEST:
        raise Invalid(say("The hashtag #{name} is too long; use at most {most} characters.", name=name, most=LONGEST))
    return f"#{name}"


def hashtags(texts: Iterable[str]) -> tuple[str, ...]:
    """Every one of ``texts`` as a hashtag, in order, each once whatever its capitals. Raises Invalid."""
    once: dict[str, str] = {}
    for tag in map(hashtag, texts):
        once.setdefault(tag.casefold(), tag)
    return tuple(once.values())
