# SPDX-License-Identifier: AGPL-3.0-or-later
"""The square as a page on loopback: the newsroom's front page beside both timelines, live by Server-Sent Events.

https://html.spec.whatwg.org/multipage/server-sent-events.html. Without JavaScript it is a snapshot that reloads.
"""

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from importlib.resources import files

from aiohttp import web

from relay.clock import Clock, RealClock
from relay.faults import Unusable
from relay.i18n import say
from relay.square.paint import Sight, document, parts
from relay.square.stall import Stall

FRAME = 0.2  # s between two looks
STATIC = {"page.css": "text/css", "page.js": "text/javascript", "icon.svg": "image/svg+xml"}
POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' http://127.0.0.1:*; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

__all__ = ["Page", "Sight"]


class Page:
    """Serves what ``sight`` returns, now and whenever it changes."""

    def __init__(self, sight: Callable[[], Sight], zone: str, port: int = 0, clock: Clock | None = None) -> None:
        self._sight, self._zone, self._port, self._clock = sight, zone, port, clock or RealClock()
        app = web.Application(middlewares=[_guarded])
        app.router.add_get("/", self._whole)
        app.router.add_get("/live", self._live)
        app.router.add_get("/static/{name}", self._static)
        self._stall = Stall(app, port)

    async def start(self) -> None:
        """Open. Raises Unusable if the port is taken."""
        try:
            await self._stall.start()
        except OSError:
            raise Unusable(say("Port {port} is taken; name another, or none.", port=self._port)) from None

    async def stop(self) -> None:
        """Close, and cut every connection."""
        await self._stall.stop()

    @property
    def address(self) -> str:
        """What to open in a browser."""
        return f"{self._stall.address}/"

    async def _whole(self, request: web.Request) -> web.Response:
        return web.Response(text=document(self._sight(), self._zone), content_type="text/html")

    async def _live(self, request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
        await answer.prepare(request)
        with suppress(ConnectionResetError):  # the browser is gone
            await self._tell(answer)
        return answer

    async def _tell(self, answer: web.StreamResponse) -> None:
        shown: Mapping[str, str] = {}
        while True:
            now = parts(self._sight(), self._zone)
            changed = {name: html for name, html in now.items() if shown.get(name) != html}
            if changed:
                await answer.write(f"data: {json.dumps(changed)}\n\n".encode())
            shown = now
            await self._clock.sleep(FRAME)

    async def _static(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        if name not in STATIC:
            raise web.HTTPNotFound
        text = (files("relay.square") / "static" / name).read_text(encoding="utf-8")
        return web.Response(text=text, content_type=STATIC[name])


@web.middleware
async def _guarded(request: web.Request, handler: Callable[..., object]) -> web.StreamResponse:
    """Nothing from elsewhere, nothing in line, nothing kept."""
    answer: web.StreamResponse = await handler(request)  # type: ignore[misc]  # aiohttp's Handler
    if not answer.prepared:
        answer.headers.update({"Content-Security-Policy": POLICY, "X-Content-Type-Options": "nosniff"})
        answer.headers["Referrer-Policy"] = "no-referrer"
    return answer
