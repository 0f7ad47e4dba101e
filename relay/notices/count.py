# SPDX-License-Identifier: AGPL-3.0-or-later
"""How long a text is for the network it goes to.

Mastodon: https://docs.joinmastodon.org/user/posting/#text and ``StatusLengthValidator``: graphemes, every link costs
the same, a mention costs its user name, the content warning counts. Bluesky: 300 graphemes and 3000 bytes
(lexicon app.bsky.feed.post). GoToSocial: code points, links in full.
"""

import regex

from relay.networks.port import Limits
from relay.notices.entities import LINK, MENTION
from relay.notices.neutral import graphemes

_LONGEST_LINK = 4096  # twitter-text's MAX_URL_LENGTH: beyond it nothing is taken for a link
_NAMED_HOST = regex.compile(r".*\.(?:\p{L}{2,}|xn--[a-z0-9-]+)", regex.IGNORECASE)


def length(text: str, limits: Limits, warning: str = "") -> int:
    """The length of a post in the unit and by the rules of ``limits``."""
    counted = text if limits.link_cost is None else LINK.sub(lambda found: "x" * _cost(found, limits), text)
    if limits.mention_domains_free:
        counted = MENTION.sub(r"@\g<user>", counted)
    if limits.warning_counts:
        return _units(counted, limits) + _units(warning, limits)
    return _units(counted, limits)


def excess(text: str, limits: Limits, warning: str = "") -> int:
    """By how many characters a post is too long; 0 if it fits.

    Where bytes are the tighter limit, the number of characters that hold the surplus, rounded up.
    """
    over = length(text, limits, warning) - limits.text
    size = len(text.encode())
    if limits.byte_limit and size > limits.byte_limit:
        surplus = (size - limits.byte_limit) * max(1, len(graphemes(text)))
        over = max(over, -(-surplus // size))
    return max(0, over)


def fits(text: str, limits: Limits, warning: str = "") -> bool:
    """Whether the network takes a post of this text and content warning."""
    return excess(text, limits, warning) == 0


def _units(text: str, limits: Limits) -> int:
    return len(graphemes(text)) if limits.unit == "grapheme" else len(text)


def _cost(found: "regex.Match[str]", limits: Limits) -> int:
    """A host without a known kind of ending is no link to Mastodon: then the dearer of both readings counts."""
    fixed, own = limits.link_cost or 0, _units(found.group(), limits)
    recognised = own <= _LONGEST_LINK and _NAMED_HOST.fullmatch(found["host"])
    return fixed if recognised else max(fixed, own)
