# SPDX-License-Identifier: AGPL-3.0-or-later
"""``piquet backup``: everything in one file, while the relay goes on."""

from pathlib import Path
from typing import Annotated

import typer

from relay.cli.inside import inside
from relay.cli.nouns import alone
from relay.cli.screen import show
from relay.i18n import _, say, say_n
from relay.store.backup import backup as written

app, command = alone(
    _(
        "Write everything Piquet keeps into one file that only you can read, checked, while the relay goes on. The key "
        "that opens the accounts’ credentials is not in it: keep a copy of the key file elsewhere."
    ),
    "piquet backup piquet-evening.db",
    "piquet backup --force /srv/backup/piquet.db",
)


@command
def backup(
    file: Annotated[Path, typer.Argument(metavar=_("FILE"), help=_("Where the backup is written."))],
    force: Annotated[bool, typer.Option("--force", metavar="", help=_("Replace a file that is there."))] = False,
) -> None:
    with inside() as here:
        kept = here.do(written(here.house.store, file, force=force))
        rows, settings = sum(kept.counts.values()), here.house.settings
    show(
        str(say_n("✓ {path}: {n} row, checked.", "✓ {path}: {n} rows, checked.", rows, path=file)),
        str(say("  To read it back: “piquet restore {path}”.", path=file)),
    )
    if settings.key:
        show(_("! The key that opens the accounts’ credentials is not in it: keep it too, elsewhere."))
    elif Path(settings.key_file).exists():  # it is made with the first account
        show(str(say("! The key is not in it: keep a copy of {path} elsewhere.", path=settings.key_file)))
