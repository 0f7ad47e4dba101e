# SPDX-License-Identifier: AGPL-3.0-or-later
"""The callback of WebSub hubs, the only page of ours that the outside world reaches: ``/push/{path}``.

It is an application of its own, on a port of its own, so that a reverse proxy which lets everything through lets
nothing else through. Whoever does not know a path learns nothing: not even that there are any.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web
from aiohttp.typedefs import Handler

from relay import log
from relay.feeds.websub.callback import Callback, Found, Pushed
from relay.web.listening import listen

BODY = 3 << 20  # bytes
READING = 10.0  # seconds that a body may take
STATUS = {Found.NOBODY: 404, Found.OVER: 410, Found.OURS: 202}
TOO_LONG = 413


@asynccontextmanager
async def pushed_to(callback: Callback, port: int) -> AsyncIterator[bool]:
    """Served until the block ends; yields whether it is. ``port`` 0: it is not asked for."""
    runner = web.AppRunner(
        make_app(callback),
        access_log=None,  # paths are secret
        handle_signals=False,
        shutdown_timeout=2.0,
        lingering_time=2.0,  # for whoever still sends what was refused
        auto_decompress=False,  # what is signed is what was sent; and nobody's bomb goes off here
    )
    try:
        yield await listen(runner, port) if port else False
    finally:
        await runner.cleanup()


def make_app(callback: Callback) -> web.Application:
    """The application."""

    async def verify(request: web.Request) -> web.Response:
        challenge = await callback.verify(request.match_info["path"], request.query)
        return web.Response(text=challenge, headers=_PLAIN) if challenge is not None else _said(404)

    async def deliver(request: web.Request) -> web.Response:
        path = request.match_info["path"]
        found = await callback.find(path)
        if found != Found.OURS:
            return _said(STATUS[found])
        pushed = await _pushed(request)
        found = await callback.deliver(path, pushed)
        return _said(TOO_LONG if pushed.body is None else STATUS[found])

    app = web.Application(middlewares=[_quietly])
    app.add_routes([web.get("/push/{path}", verify, allow_head=False), web.post("/push/{path}", deliver)])
    return app


_PLAIN = {"X-Content-Type-Options": "nosniff"}


def _said(status: int) -> web.Response:
    return web.Response(status=status, headers=_PLAIN)


async def _pushed(request: web.Request) -> Pushed:
    given = request.headers
    return Pushed(
        await _body(request),
        given.get("Content-Type", "").encode("ascii", "ignore").decode(),
        given.getall("X-Hub-Signature", ()),
        given.getall("Link", ()),
    )


async def _body(request: web.Request) -> bytes | None:
    """The body as sent, None if it is longer than ``BODY``. Raises TimeoutError."""
    if (request.content_length or 0) > BODY:
        return None
    body = bytearray()
    async with asyncio.timeout(READING):
        async for chunk in request.content.iter_chunked(1 << 16):
            body += chunk
            if len(body) > BODY:
                return None
    return bytes(body)


@web.middleware
async def _quietly(request: web.Request, handler: Handler) -> web.StreamResponse:
    """What fails here is said without what was sent: a traceback of the database would hold it."""
    try:
        return await handler(request)
    except web.HTTPException as answer:
        return _said(answer.status)
    except TimeoutError:
        return _said(408)
    except Exception as crash:  # the hub delivers again, and the feed is looked at anyhow
        log.warning("push.failed", reason=type(crash).__name__)
        return _said(503)
