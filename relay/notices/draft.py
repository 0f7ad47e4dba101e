# SPDX-License-Identifier: AGPL-3.0-or-later
"""A wording filled with facts, as a value that can be written out again with less in it."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import pairwise

import regex

from relay.faults import Invalid
from relay.i18n import say
from relay.networks.port import Span
from relay.notices.address import address, shown
from relay.notices.defaults import untitled
from relay.notices.entities import typed
from relay.notices.facts import Facts
from relay.notices.hashtag import hashtags
from relay.notices.neutral import neutral, plain
from relay.notices.wording import Sentence, Wording
from relay.terms import NoticeKind

_ENDED = regex.compile(r"[.!?…][»”\")\]\u00a0\u202f]*\Z")


@dataclass(frozen=True)
class Draft:
    """What is still said: every value as it will be shown. An empty value was missing or left out."""

    wording: Wording
    values: dict[str, str]
    demands: tuple[str, ...] = ()
    hashtags: tuple[str, ...] = ()
    short_links: bool = False
    language: str = ""
    without: frozenset[str] = field(default=frozenset())  # placeholders whose sentences are left out

    def with_value(self, name: str, value: str) -> "Draft":
        """The same with another value for one placeholder."""
        return replace(self, values={**self.values, name: value})


def draft(wording: Wording, facts: Facts) -> Draft:
    """Fill ``wording`` with ``facts``: the feed's words made neutral, the strikers' own made plain.

    Raises Invalid if an article has no usable address or a hashtag cannot be one.
    """
    if wording.kind is NoticeKind.ARTICLE and not facts.link:
        raise Invalid(say("The article has no address, so no notice can lead to it; look at its feed."))
    demands = tuple(filter(None, map(plain, facts.demands)))
    about_article = wording.kind is NoticeKind.ARTICLE
    values = {
        "title": neutral(facts.title) or (untitled(facts.language) if about_article else ""),
        "link": address(facts.link) if facts.link else "",
        "newsroom": plain(facts.newsroom),
        "strike": plain(facts.strike),
        "day": str(facts.day) if facts.day > 0 else "",
        "demand": demands[facts.number % len(demands)] if demands else "",
        "hours": str(facts.hours_left) if facts.hours_left else "",
        "reasons": plain(facts.reasons),
        "support": address(facts.support_link) if facts.support_link else "",
    }
    return Draft(wording, values, demands, hashtags(facts.hashtags), language=facts.language)


def written(given: Draft) -> tuple[str, tuple[Span, ...]]:
    """The text of a draft and its spans, in code points, in order of appearance."""
    text, spans = "", list[Span]()
    for sentence, gap in _with_gaps(given):
        text += gap
        for piece in sentence.pieces:
            words, found = _shown(given, piece.name, len(text)) if piece.name else (piece.words, None)
            if not piece.name and words.startswith(".") and words[:2] != ".." and _ENDED.search(text):
                words = words[1:]  # "… vraiment ?" needs no full stop after it
            spans += typed(words, len(text)) if found is None else found
            text += words
    return text.rstrip(), tuple(spans)


def _with_gaps(given: Draft) -> Iterator[tuple[Sentence, str]]:
    """The sentences that are said, each after the strongest white space between it and the one before."""
    gap, begun = "", False
    for index, sentence in enumerate(given.wording.sentences):
        if _is_said(given, sentence, index):
            yield sentence, gap if begun else ""
            gap, begun = "", True
        gap = max(gap, sentence.gap, key=lambda space: (space.count("\n"), len(space)))


def _is_said(given: Draft, sentence: Sentence, index: int) -> bool:
    """The first sentence says that there is a strike and is never left out; nor is the article's."""
    names = sentence.names
    if index == 0 or (names & {"title", "link"} and all(given.values[name] for name in names & {"title", "link"})):
        return True
    return all(_value(given, name) for name in names) and not names & given.without


def _value(given: Draft, name: str) -> str:
    if name == "hashtags":
        return " ".join(given.hashtags)
    return " · ".join(given.demands) if name == "demands" else given.values[name]


def _shown(given: Draft, name: str, offset: int) -> tuple[str, list[Span] | None]:
    """The words for a placeholder and their spans; None where typed links and tags are still to be looked for."""
    value = _value(given, name)
    if name in ("link", "support") and value:
        words = shown(value) if given.short_links else value
        return words, [Span(offset, offset + len(words), "link", value)]
    if name == "hashtags":
        ends = [offset]
        for tag in given.hashtags:
            ends.append(ends[-1] + len(tag) + 1)
        return value, [
            Span(a, b - 1, "hashtag", given_tag[1:])
            for (a, b), given_tag in zip(pairwise(ends), given.hashtags, strict=True)
        ]
    return value, [] if name == "title" else None
