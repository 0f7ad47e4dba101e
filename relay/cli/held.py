# SPDX-License-Identifier: AGPL-3.0-or-later
"""``piquet held``: articles that came all at once wait for a person, who releases or drops them."""

from functools import partial
from typing import Annotated

import typer
from rich.console import RenderableType
from sqlmodel.ext.asyncio.session import AsyncSession

from relay.cli.inside import inside
from relay.cli.moment import local
from relay.cli.nouns import noun, verb
from relay.cli.options import Json, Slug
from relay.cli.reasons import held_because
from relay.cli.screen import show, show_json, table
from relay.cli.which import the_newsroom
from relay.i18n import _, say_n
from relay.store import article
from relay.store.article import Article, Hold
from relay.store.columns import saved

Hand = Annotated[int, typer.Argument(metavar=_("NUMBER"), help=_("The number that “piquet held list” shows."))]
Held = list[tuple[Hold, list[Article]]]

app = noun(
    _(
        "Articles that wait for a person. More new articles than usual in one look, or a feed that changed its ids, "
        "are held rather than posted."
    )
)


@verb(app, "list", _("List what waits, with its articles."), "piquet held list", "piquet held list --json")
def listing(newsroom: Slug = "", as_json: Json = False) -> None:
    with inside() as here:
        owner = here.read(partial(the_newsroom, slug=newsroom))
        rows = here.read(partial(held, newsroom_id=saved(owner.id)))
    if as_json:
        show_json([as_value(hold, articles) for hold, articles in rows])
        return
    for hold, articles in rows:
        show(*told(hold, articles, owner.zone))
    if not rows:
        show(_("Nothing waits for you."))


@verb(app, "release", _("Answer the held articles after all, if a window is open."), "piquet held release 3")
def release(number: Hand, newsroom: Slug = "") -> None:
    with inside() as here:
        owner = here.read(partial(the_newsroom, slug=newsroom))
        count = here.do(here.house.watch.release(saved(owner.id), number))
    show(str(say_n("✓ {n} article is released.", "✓ {n} articles are released.", count)))


@verb(app, "drop", _("Never answer the held articles."), "piquet held drop 3")
def drop(number: Hand, newsroom: Slug = "") -> None:
    with inside() as here:
        owner = here.read(partial(the_newsroom, slug=newsroom))
        count = here.do(here.house.watch.drop(saved(owner.id), number))
    show(str(say_n("✓ {n} article is dropped.", "✓ {n} articles are dropped.", count)))


async def held(tx: AsyncSession, newsroom_id: int) -> Held:
    """The holds that wait, each with its articles."""
    return [
        (hold, await article.held(newsroom_id, tx, saved(hold.id))) for hold in await article.holds(newsroom_id, tx)
    ]


def told(hold: Hold, articles: list[Article], zone: str) -> list[RenderableType]:
    """One hold for a person: why, since when, which articles, what to do."""
    title = f"{hold.id} · {local(hold.made_at, zone)} · {held_because(hold.reason)}"
    return [
        table((title,), [(each.title or each.link,) for each in articles]),
        f"→ piquet held release {hold.id} / piquet held drop {hold.id}",
    ]


def as_value(hold: Hold, articles: list[Article]) -> dict[str, object]:
    """One hold for machines."""
    return {
        "id": hold.id,
        "reason": hold.reason,
        "made_at": hold.made_at,
        "articles": [{"title": each.title, "link": each.link} for each in articles],
    }
