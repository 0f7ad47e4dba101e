# SPDX-License-Identifier: AGPL-3.0-or-later
"""How an account is let go: asked once, done whatever its network says, and told as it was."""

from collections.abc import Iterator
from functools import partial
from typing import Annotated

import typer

from relay.cli.asking import agreed, attended
from relay.cli.drafting import chosen
from relay.cli.inside import inside
from relay.cli.options import Slug
from relay.cli.screen import show
from relay.cli.which import the_newsroom
from relay.deliveries.farewell import Farewell
from relay.deliveries.farewell import forget as let_go
from relay.faults import Invalid
from relay.i18n import _, say, say_n
from relay.networks.port import Card
from relay.store import account
from relay.store.account import Account
from relay.store.columns import saved


def forget(
    handle: Annotated[str, typer.Argument(metavar=_("HANDLE"), help=_("As “piquet account list” shows it."))],
    yes: Annotated[bool, typer.Option("--yes", metavar="", help=_("Do it without asking."))] = False,
    newsroom: Slug = "",
) -> None:
    """Let go the account of that handle."""
    with inside() as here:
        owner = here.read(partial(the_newsroom, slug=newsroom))
        row = chosen(here.read(lambda tx: account.of_newsroom(saved(owner.id), tx)), [handle])[0]
        if not yes and not _meant(row):
            show(_("Nothing was changed."))
            return
        house = here.house
        done = here.do(let_go(house.seats, house.store, row, here.now))
        show(*told(done, row, house.seats.cards.get(row.network)))


def told(done: Farewell, row: Account, card: Card | None) -> Iterator[str]:
    """What was done, then what only a person can do."""
    network = card.title if card else row.network
    yield str(say("✓ {handle} is forgotten: Piquet can no longer speak from it.", handle=row.handle))
    if done.withdrawn:
        yield str(say_n("  {n} notice was withdrawn.", "  {n} notices were withdrawn.", done.withdrawn))
    if done.erased:
        yield _(
            "  What opened it is erased from the database and its files. Backups of yours may still hold it, sealed."
        )
    else:
        yield _(
            "! What opened it is erased; the database’s files keep a sealed copy until nothing else reads them, "
            "PostgreSQL’s until its log is recycled."
        )
    if done.revoked:
        yield str(say("  {network} took the access back.", network=network))
    elif done.trouble:
        yield str(say("! {network} did not take the access back: {trouble}", network=network, trouble=done.trouble))
    if done.pinned or not done.revoked:
        yield _("What remains for you to do:")
    if done.pinned:
        yield _("  → The start notice is still pinned: take the pin off on the account’s page.")
    if not done.revoked:
        unknown = say("In the account’s settings on {network}, end Piquet’s access.", network=network)
        yield f"  → {(card and card.farewell) or unknown}"


def _meant(row: Account) -> bool:
    if not attended():
        raise Invalid(say("Nobody can be asked here; add --yes to forget {handle}.", handle=row.handle))
    return agreed(str(say("Forget {handle} ({network})?", handle=row.handle, network=row.network)), default=False)
