# SPDX-License-Identifier: AGPL-3.0-or-later
"""``piquet worker``: one of several machines that share the lanes of one PostgreSQL; no pages."""

from relay.cli.inside import inside
from relay.cli.nouns import alone
from relay.cli.run import leave_soon, work
from relay.cli.screen import show
from relay.house import spare_the_collector
from relay.i18n import _

app, command = alone(
    _(
        "Do this machine’s share of the work of “piquet run”, without its pages, until you stop it with Ctrl-C. Start "
        "one on each of your machines, all with the same PostgreSQL database: they share the work, and if one dies the "
        "others take over within 15 seconds. On SQLite one process works at a time."
    ),
    "piquet worker",
    "piquet --settings piquet.toml worker",
)


@command
def worker() -> None:
    with inside() as here:
        spare_the_collector()
        here.do(work(here.house))
        leave_soon()
    show(_("Stopped. Nothing is lost: the other machines go on, or “piquet worker” here."))
