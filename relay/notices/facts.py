# SPDX-License-Identifier: AGPL-3.0-or-later
"""What fills a wording: the article as the feed tells it, and the strike as the strikers tell it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Facts:
    """``title`` and ``link`` come from a feed and are hostile until neutralised; the rest are the strikers' words.

    ``number`` counts the notices of a strike from 0: demands take turns by it. ``hours_left`` None: not to be said.
    ``language`` is BCP 47.
    """

    title: str = ""
    link: str = ""
    newsroom: str = ""
    strike: str = ""
    day: int = 1
    demands: tuple[str, ...] = ()
    hours_left: int | None = None
    reasons: str = ""
    support_link: str = ""
    hashtags: tuple[str, ...] = ()
    language: str = "fr"
    number: int = 0
