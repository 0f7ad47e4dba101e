# SPDX-License-Identifier: AGPL-3.0-or-later
"""What Piquet would notice in a feed: what it knows from the first look on, and what the next notice links to. Pure."""

from dataclasses import dataclass
from datetime import datetime

from relay.feeds.identity.judge import judge
from relay.terms import Document, Entry


@dataclass(frozen=True)
class Noticed:
    """``articles``: how many the entries are, repeats taken together; ``newest``: of them, by date or place."""

    articles: int
    newest: tuple[Entry, ...]

    @property
    def link(self) -> str:
        """Where a notice for the newest one would lead, "" if it has no link."""
        return next((entry.link for entry in self.newest[:1]), "")


def noticed(document: Document, now: datetime, shown: int = 5) -> Noticed:
    """As on the day the feed is added: everything in it is known from then on, and silent."""
    verdicts = judge(document.entries, {}, None, now).verdicts
    return Noticed(len(verdicts), tuple(each.entry for each in reversed(verdicts[-shown:])))
