# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a network finds in the strikers' own words: links and hashtags they typed, mentions that cost less.

Modelled on what Mastodon recognises (``config/initializers/twitter_regex.rb``, ``Account::MENTION_RE`` and
``Tag::HASHTAG_RE`` of https://github.com/mastodon/mastodon), so that counts agree with the server's.
"""

from collections.abc import Iterator

import regex

from relay.networks.port import Span

_PARENTHESIS = r"\([^\s<>()]+\)"
_PATH = rf"/(?:(?:[^\s<>()?«»“”\"]|{_PARENTHESIS})*(?:[^\s()?!*\"'「」<>;:=,.$%\[\]~&|@…«»“”]|{_PARENTHESIS}))?"
_QUERY = r"\?[^\s<>\"«»“”]*[\p{L}\p{N}_&=#/-]"
LINK = regex.compile(
    r"(?<![\p{L}\p{N}@＠$#＃])https?://"
    r"(?P<host>[\p{L}\p{N}](?:[\p{L}\p{M}\p{N}._-]*[\p{L}\p{M}\p{N}])?)"
    rf"(?::\d{{1,5}})?(?:{_PATH})?(?:{_QUERY})?",
    regex.IGNORECASE,
)
MENTION = regex.compile(r"(?<![=/\w])@(?P<user>[a-z0-9_]+(?:[.-]+[a-z0-9_]+)*)(?:@\w+(?:[.-]+\w+)*)?", regex.IGNORECASE)
HASHTAG = regex.compile(r"(?<![=/)\p{L}\p{N}_&])[#＃](?P<name>[\p{M}\p{N}_]*\p{L}[\p{L}\p{M}\p{N}_]*)")


def typed(text: str, offset: int = 0) -> Iterator[Span]:
    """The links and hashtags in ``text`` as spans moved on by ``offset``, in order of appearance."""
    links = [Span(found.start(), found.end(), "link", found.group()) for found in LINK.finditer(text)]
    tags = [Span(found.start(), found.end(), "hashtag", found["name"]) for found in HASHTAG.finditer(text)]
    free = [tag for tag in tags if not any(link.start <= tag.start < link.end for link in links)]
    for span in sorted([*links, *free], key=lambda span: span.start):
        yield Span(span.start + offset, span.end + offset, span.kind, span.target)
