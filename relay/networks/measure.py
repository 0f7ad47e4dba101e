# SPDX-License-Identifier: AGPL-3.0-or-later
"""What certainly cannot fit: a lower bound of a text's length, for adapters to refuse by before anything is sent.

The exact count is the composer's (``notices``); the server has the last word.
"""

import regex

from relay.networks.port import Limits

_LINK = regex.compile(r"https?://\S+", regex.IGNORECASE)
# https://docs.joinmastodon.org/user/posting/#text: only the local part of a mention counts
_MENTION = regex.compile(r"(?<![/\w])(@\w+)@[a-z0-9.-]+[a-z0-9]", regex.IGNORECASE)
_GRAPHEME = regex.compile(r"\X")


def measure(text: str, limits: Limits, warning: str = "") -> int:
    """At least how long ``text`` is, with its content ``warning`` where that counts, in the unit of ``limits``."""
    if limits.link_cost is not None:
        text = _LINK.sub("x" * limits.link_cost, text)
    if limits.mention_domains_free:
        text = _MENTION.sub(r"\1", text)
    return _units(text, limits) + (_units(warning, limits) if limits.warning_counts else 0)


def _units(text: str, limits: Limits) -> int:
    return len(_GRAPHEME.findall(text)) if limits.unit == "grapheme" else len(text)
