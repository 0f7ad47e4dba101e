# SPDX-License-Identifier: AGPL-3.0-or-later
"""Class D: a network that takes notices over HTTP, honours no key and shows nothing back; adapter and server."""

from collections.abc import Mapping
from typing import Any

import aiohttp
from aiohttp import web

from relay.clock import Clock
from relay.faults import Refused, Throttled, Unauthorised, Unreachable, Unsure
from relay.i18n import say
from relay.networks.port import Capabilities, Card, CredentialField, Identity, Keep, Limits, Post, Receipt
from relay.networks.waits import retry_after, until
from relay.outside import Outside
from relay.square.faults import FaultPlan
from relay.square.stall import Stall

ADDRESS = CredentialField("address", say("Address"), say("Any address."))


class Hook:
    """``relay.networks.port.Network``, as small as an honest one can be."""

    card = Card("hook", "Hook", "https://example.org/hook", Capabilities(Limits(text=500)), (ADDRESS,))

    def __init__(self, given: Mapping[str, str], outside: Outside, keep: Keep) -> None:
        self._given, self._outside = given, outside

    async def verify(self) -> Identity:
        return Identity("D", "D", self._given["address"])

    async def publish(self, post: Post, key: str, *still: Any) -> Receipt:
        for each in still:
            await each()
        url = self._given["address"] + "/say"
        try:
            given = {"text": post.text}
            async with self._outside.http.session.post(url, json=given, allow_redirects=False) as answer:
                return self._receipt(answer.status, answer.headers, await answer.json(content_type=None))
        except aiohttp.ClientConnectorError:
            raise Unreachable(say("The hook cannot be reached.")) from None
        except (aiohttp.ClientError, TimeoutError, ValueError):
            raise Unsure(say("The hook said nothing.")) from None

    async def aclose(self) -> None:
        """There is nothing to close."""

    def _receipt(self, status: int, headers: Mapping[str, str], told: Any) -> Receipt:
        now = self._outside.clock.now()
        if status == 429:
            raise Throttled(say("Wait."), until(now, retry_after(headers.get("Retry-After", ""), now)))
        if status in (401, 403):
            raise Unauthorised(say("The hook is closed to us."))
        if 400 <= status < 500:
            raise Refused(say("The hook refuses this."))
        if status >= 500 or not isinstance(told, dict) or "id" not in told:
            raise Unsure(say("The hook said nothing."))
        return Receipt(str(told["id"]), "")


class HookServer(Stall):
    """Takes everything, as often as it comes."""

    def __init__(self, clock: Clock) -> None:
        self.plan = FaultPlan(clock)
        self.said: list[str] = []
        app = web.Application(middlewares=[self.plan.middleware])
        app.router.add_post("/say", self._say)
        super().__init__(app)

    async def _say(self, request: web.Request) -> web.Response:
        self.said.append((await request.json())["text"])
        return web.json_response({"id": len(self.said)})
