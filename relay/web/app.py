# SPDX-License-Identifier: AGPL-3.0-or-later
"""The pages for machines: ``/livez``, ``/readyz``, ``/metrics``. No page needs a name or a password: they hold neither,
and are served on loopback only.
"""

from collections.abc import Awaitable, Callable, Mapping

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST

from relay.web.figures import Figures
from relay.web.metrics import exposition
from relay.web.pulse import Pulse
from relay.web.readiness import OK

Ready = Callable[[], Awaitable[Mapping[str, str] | None]]
Count = Callable[[], Awaitable[Figures | None]]

UNAVAILABLE = 503


def make_app(pulse: Pulse, ready: Ready, count: Count) -> web.Application:
    """The application. ``ready`` and ``count`` answer None where the relay's loop does not answer them in time."""

    async def livez(_: web.Request) -> web.Response:
        return _said({"loop": "stuck" if pulse.stuck else OK})

    async def readyz(_: web.Request) -> web.Response:
        words = None if pulse.stuck else await ready()
        return _said({"loop": OK, **words} if words is not None else {"loop": "stuck"})

    async def metrics(_: web.Request) -> web.Response:
        try:
            figures = None if pulse.stuck else await count()
        except Exception:  # whatever the database says: the relay goes on, and tells of it itself
            return _said({"database": "unreadable"})
        if figures is None:
            return _said({"loop": "stuck"})
        return web.Response(body=exposition(figures), headers={"Content-Type": CONTENT_TYPE_LATEST})

    app = web.Application()
    app.add_routes([web.get("/livez", livez), web.get("/readyz", readyz), web.get("/metrics", metrics)])
    return app


def _said(words: Mapping[str, str]) -> web.Response:
    """The words as JSON; 503 unless all of them are ``ok``."""
    well = all(word == OK for word in words.values())
    return web.json_response(words, status=200 if well else UNAVAILABLE)
