# SPDX-License-Identifier: AGPL-3.0-or-later
"""A network's own words, made fit to be shown: short, and without our secrets."""

from collections.abc import Iterable

_LONGEST = 500  # characters; an HTML page is no explanation


def scrub(text: str, secrets: Iterable[str]) -> str:
    """``text`` on one line, cut at 500 characters, each of the ``secrets`` replaced by ‹secret›."""
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        text = text.replace(secret, "‹secret›")
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else line[:_LONGEST] + "…"
