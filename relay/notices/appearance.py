# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a post would look like on its network, in lines of text for a terminal or a page's preview."""

from collections.abc import Iterator
from textwrap import wrap

from relay.i18n import say
from relay.networks.port import LinkCard, Post
from relay.notices.compose import Fitted


def lines(fitted: Fitted, width: int = 72, title: str = "") -> tuple[str, ...]:
    """The post in at most ``width`` columns: ``title`` (the network's name), text, card, picture, counts.

    A word longer than a line, such as an address, stays whole and may stick out.
    """
    return tuple(_lines(fitted, width, title))


def _lines(fitted: Fitted, width: int, title: str) -> Iterator[str]:
    post = fitted.post
    if title:
        yield from (title, "─" * min(width, max(len(title), 12)))
    if post.warning:
        yield from _wrapped(str(say("Content warning: {warning}", warning=post.warning)), width)
        yield ""
    for line in post.text.split("\n"):
        yield from _wrapped(line, width) or [""]
    for picture in post.pictures:
        yield ""
        yield from _wrapped(str(say("[picture] {alt}", alt=picture.alt)), width)
    if post.card:
        yield ""
        yield from _card(post.card, width)
    yield ""
    yield from _wrapped(_figures(fitted), width)
    for message in fitted.shortened:
        yield from _wrapped(f"! {message}", width)


def _card(card: LinkCard, width: int) -> Iterator[str]:
    for line in (card.title, card.description, card.url):
        for part in _wrapped(line, width - 2):
            yield f"│ {part}"


def _figures(fitted: Fitted) -> str:
    """Length of limit, languages, visibility: "212/500 · fr · public"."""
    post: Post = fitted.post
    return " · ".join(filter(None, (f"{fitted.length}/{fitted.limit}", ", ".join(post.languages), post.visibility)))


def _wrapped(text: str, width: int) -> list[str]:
    return wrap(text, width, break_long_words=False, break_on_hyphens=False)
