# SPDX-License-Identifier: AGPL-3.0-or-later
"""``piquet preview``: every notice as each account would carry it, with its counts. Nothing is sent."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Annotated

import typer
from rich.console import RenderableType
from rich.text import Text
from sqlmodel.ext.asyncio.session import AsyncSession

from relay.cli.inside import inside
from relay.cli.nouns import alone
from relay.cli.options import Json, Number, Slug
from relay.cli.reasons import KIND
from relay.cli.screen import show, show_json
from relay.cli.sketch import ORDER
from relay.cli.which import the_newsroom, the_strike
from relay.deliveries.rehearsal import Rehearsed, rehearse, stage
from relay.i18n import _, say
from relay.networks.port import Card
from relay.notices.appearance import lines
from relay.store.columns import saved
from relay.store.newsroom import Newsroom
from relay.store.strike import Strike
from relay.terms import NoticeKind, StrikeState

COMING = (StrikeState.RUNNING, StrikeState.ARMED, StrikeState.DRAFT)
WIDTH = 76

app, command = alone(
    _(
        "Show what would be posted for the newest article on each account, as it would look there, with its counts. "
        "Nothing is sent."
    ),
    "piquet preview",
    "piquet preview 2 --all",
    "piquet preview --json",
)  # fmt: skip


@command
def preview(
    number: Number = 0,
    newsroom: Slug = "",
    every: Annotated[
        bool, typer.Option("--all", metavar="", help=_("Show the start and end notices and every wording too."))
    ] = False,
    as_json: Json = False,
) -> None:
    with inside() as here:
        owner = here.read(partial(the_newsroom, slug=newsroom))
        row = here.read(partial(the_strike, newsroom_id=saved(owner.id), number=number, wanted=COMING))
        cards = here.house.seats.cards
        said = here.read(lambda tx: rehearsed(tx, owner, row, cards, here.now, every=every or as_json))
    if as_json:
        show_json([as_value(each) for each in said])
    else:
        show(*seen(said, cards))
        show(_("Nothing was sent."))


async def rehearsed(
    tx: AsyncSession, owner: Newsroom, row: Strike, cards: Mapping[str, Card], now: datetime, *, every: bool
) -> list[Rehearsed]:
    """The article notices, or with ``every`` all kinds in all wordings."""
    on = await stage(saved(owner.id), tx, row, now)
    if not every:
        return list(rehearse(on, cards, NoticeKind.ARTICLE))
    turns = {kind: max(1, sum(phrase.kind == kind for phrase in on.material.phrases)) for kind in ORDER}
    return [each for kind in ORDER for turn in range(turns[kind]) for each in rehearse(on, cards, kind, turn)]


def seen(said: Sequence[Rehearsed], cards: Mapping[str, Card]) -> list[RenderableType]:
    """Each notice under a heading with its account and network; what to do where there is no account to speak from."""
    if not said:
        return [_("No connected account speaks for it: “piquet account connect mastodon”, then plan it again.")]
    parts: list[RenderableType] = []
    for each in said:
        heading = f"{cards[each.account.network].title} · {each.account.handle} · {KIND[each.kind]}"
        if each.fitted is None:
            parts += [
                Text(heading, style="bold"),
                str(say("✗ This cannot be said there: {problem}", problem=each.problem)),
                "",
            ]
        else:
            parts += [*map(Text, lines(each.fitted, WIDTH, heading)), ""]
    return parts


def as_value(each: Rehearsed) -> dict[str, object]:
    """One notice for machines; ``problem`` is null where it can be said."""
    value: dict[str, object] = {
        "account": each.account.handle,
        "network": each.account.network,
        "kind": each.kind,
        "problem": str(each.problem) if each.problem else None,
    }
    if each.fitted is None:
        return value
    post = each.fitted.post
    return value | {
        "text": post.text,
        "length": each.fitted.length,
        "limit": each.fitted.limit,
        "shortened": [str(message) for message in each.fitted.shortened],
        "languages": list(post.languages),
        "visibility": post.visibility,
        "warning": post.warning or None,
        "pictures": [picture.alt for picture in post.pictures],
        "card": post.card.url if post.card else None,
    }
