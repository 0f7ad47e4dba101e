# SPDX-License-Identifier: AGPL-3.0-or-later
"""Count a strike from what the square received, never from what the relay believes. Pure."""

import math
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from relay.square.press import Piece
from relay.square.seen import PublicPost
from relay.terms import Window

PATIENCE = timedelta(minutes=30)  # of the square's clock: what appeared this shortly before the count may be under way
EDGES = 2  # notices of a window that answer no article: its start and its end


@dataclass(frozen=True)
class Tally:
    """What came of a strike. ``notices``: article notices by account; ``missing`` and ``duplicates`` count start and
    end notices too. ``outside_window``: posts that arrived outside it, or answer an article from outside it.
    """

    articles: int
    notices: Mapping[str, int]
    duplicates: int
    missing: int
    outside_window: int
    latency_s: Mapping[str, float]

    @property
    def flawless(self) -> bool:
        """One notice an article and account, and nothing else."""
        return not (self.duplicates or self.missing or self.outside_window)

    def as_json(self) -> dict[str, Any]:
        """The summary for machines."""
        return asdict(self)


def account_of(post: PublicPost) -> str:
    """How an account is called in a tally: network and name."""
    return f"{post.network}/{post.account}"


def answered(post: PublicPost, pieces: Sequence[Piece]) -> Piece | None:
    """The article that a post leads to, tracking parameters aside; None if it leads to none of them."""
    by_link = {piece.link: piece for piece in pieces}
    links = (link.partition("?")[0] for link in (*post.links, post.card_url))
    return next((by_link[link] for link in links if link in by_link), None)


def count(
    pieces: Sequence[Piece],
    posts: Sequence[PublicPost],
    accounts: Collection[str],
    window: Window,
    at: Callable[[float], datetime],
    until: datetime,
) -> Tally:
    """Count at the moment ``until``.

    accounts: those that ought to speak, as ``account_of`` names them. at: turns our stopwatch's seconds into the
    square's clock. An article belongs to the window in which it first appeared, whatever date it carries.
    """

    def inside(arrived: float) -> bool:
        return window.opens <= at(arrived) < window.closes

    numbers = {piece.number for piece in pieces if inside(piece.appeared)}
    due = {piece.number for piece in pieces if piece.number in numbers and at(piece.appeared) <= until - PATIENCE}
    said = [(account_of(post), answered(post, pieces), post) for post in posts]
    heard = Counter((account, piece.number if piece else 0) for account, piece, _ in said)  # 0: no article
    edges = [heard[account, 0] for account in accounts]
    owed = _edges_owed(window, until)
    return Tally(
        articles=len(numbers),
        notices={
            name: sum(n for (account, number), n in heard.items() if account == name and number) for name in accounts
        },
        duplicates=sum(
            n - (1 if number else EDGES) for (_, number), n in heard.items() if n > (1 if number else EDGES)
        ),
        missing=sum(not heard[name, number] for name in accounts for number in due)
        + sum(max(owed - n, 0) for n in edges),
        outside_window=sum(
            not inside(post.arrived) or (piece is not None and piece.number not in numbers) for _, piece, post in said
        ),
        latency_s=quantiles(latencies(pieces, posts)),
    )


def latencies(pieces: Sequence[Piece], posts: Sequence[PublicPost]) -> list[float]:
    """Seconds from each article's appearance in the feed to the arrival of its first notice on each account."""
    answers = [
        (piece.number, account_of(post), post.arrived - piece.appeared)
        for post in posts
        if (piece := answered(post, pieces))
    ]
    ordered = sorted(answers)
    return [next(group)[2] for _, group in groupby(ordered, key=lambda each: each[:2])]


def quantiles(seconds: Sequence[float]) -> dict[str, float]:
    """Median, 95th percentile (nearest rank) and longest, to the millisecond; 0 where nothing was measured."""
    ordered = sorted(seconds) or [0.0]
    ranks = {"p50": 0.5, "p95": 0.95, "max": 1.0}
    return {name: round(ordered[math.ceil(share * len(ordered)) - 1], 3) for name, share in ranks.items()}


def _edges_owed(window: Window, until: datetime) -> int:
    """How many start and end notices an account must have said by then."""
    return (until >= window.opens + PATIENCE) + (until >= window.closes)
