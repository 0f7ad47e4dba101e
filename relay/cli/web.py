# SPDX-License-Identifier: AGPL-3.0-or-later
"""``piquet web``: the pages alone, and what hubs push to, while other processes do the work."""

from relay.cli.inside import inside
from relay.cli.nouns import alone
from relay.cli.run import asked_to_stop, looked_after, public_port
from relay.cli.screen import show
from relay.faults import Invalid, Unusable
from relay.house import House
from relay.i18n import _, say
from relay.web.push import pushed_to

app, command = alone(
    _(
        "Serve the pages by which machines learn how Piquet is, on this machine only: /livez, /readyz and /metrics. "
        "“piquet run” serves them too; this is for where “piquet worker” does the work."
    ),
    "piquet web",
    "curl http://127.0.0.1:8017/readyz",
)


@command
def web() -> None:
    with inside() as here:
        here.do(_serve(here.house, here.house.settings.health_port, public_port(here.house)))


async def _serve(house: House, port: int, public: int) -> None:
    if not port and not public:
        raise Invalid(say("There is nothing to serve: health_port is 0 in the settings; choose a port."))
    async with looked_after(house, port) as served, pushed_to(house.callback, public) as reached:
        if port and not served:
            raise Unusable(say("Port {port} is taken: choose another health_port, or stop what uses it.", port=port))
        if public and not reached:
            raise Unusable(say("Port {port} is taken: choose another public_port, or stop what uses it.", port=public))
        if port:
            show(str(say("At http://127.0.0.1:{port}: /livez, /readyz, /metrics. Ctrl-C stops it.", port=port)))
        if public:
            show(str(say("At http://127.0.0.1:{port}: what hubs push. Ctrl-C stops it.", port=public)))
        await asked_to_stop()
