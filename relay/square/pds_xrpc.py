# SPDX-License-Identifier: AGPL-3.0-or-later
"""XRPC on aiohttp: one route, one table of methods, errors as JSON. https://atproto.com/specs/xrpc"""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from relay.square.pds_error import XrpcError
from relay.square.pds_limits import ADDRESS, Meter

MOST_JSON_BYTES = 1_000_000


@dataclass
class Call:
    """One request: its parameters, its body, and the rate-limit headers gathered on the way."""

    request: web.Request
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def authorization(self) -> str:
        return self.request.headers.get("Authorization", "")

    def param(self, name: str, otherwise: str | None = None) -> str:
        """A query parameter. Raises XrpcError if it is missing and nothing stands in for it."""
        value = self.request.query.get(name, otherwise)
        if value is None:
            raise XrpcError("InvalidRequest", f'Missing required key "{name}" at $')
        return value

    async def body(self, *needs: str) -> dict[str, Any]:
        """The JSON body with these keys. Raises XrpcError: 413 if too large, 400 if it is not that."""
        data = await self.request.read()
        if len(data) > MOST_JSON_BYTES:
            raise XrpcError("PayloadTooLarge", "request entity too large", 413)
        if self.request.content_type != "application/json":
            raise XrpcError("InvalidRequest", f"Wrong request encoding (Content-Type): {self.request.content_type}")
        try:
            body = json.loads(data)
        except ValueError:
            raise XrpcError("InvalidRequest", "Unable to parse the request body") from None
        for name in needs:
            if not isinstance(body, dict) or name not in body:
                raise XrpcError("InvalidRequest", f'Missing required key "{name}" at $')
        return dict(body)


Method = Callable[[Call], Awaitable[dict[str, Any] | web.Response]]


def application(
    queries: Mapping[str, Method], procedures: Mapping[str, Method], meter: Meter, *middlewares: Any
) -> web.Application:
    """The server's application; queries are GET, procedures POST."""

    async def answer(request: web.Request) -> web.StreamResponse:
        call = Call(request)
        try:
            call.headers.update(meter.spend(ADDRESS, str(request.remote)))
            found = await _method(request, queries, procedures)(call)
        except XrpcError as no:
            body = {"error": no.name, "message": no.text}
            return web.json_response(body, status=no.status, headers={**call.headers, **no.headers})
        if isinstance(found, web.Response):
            return found
        return web.json_response(found, headers=call.headers)

    app = web.Application(middlewares=middlewares, client_max_size=10 * MOST_JSON_BYTES)
    app.router.add_route("*", "/xrpc/{nsid}", answer)
    return app


def _method(request: web.Request, queries: Mapping[str, Method], procedures: Mapping[str, Method]) -> Method:
    nsid = request.match_info["nsid"]
    table, other = (queries, procedures) if request.method == "GET" else (procedures, queries)
    if nsid in table:
        return table[nsid]
    if nsid in other:
        expected = "GET" if other is queries else "POST"
        raise XrpcError("InvalidRequest", f"Incorrect HTTP method ({request.method}) expected {expected}", 405)
    # what packages/pds/src/pipethrough.ts says where no AppView is behind it
    raise XrpcError("InvalidRequest", f"No service configured for {nsid}")
