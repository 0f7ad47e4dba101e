# SPDX-License-Identifier: AGPL-3.0-or-later
"""A small WebSub hub on loopback, which behaves as it is told."""

import asyncio
import hmac
import ssl
from dataclasses import dataclass, field

import aiohttp
from aiohttp import web

Answer = tuple[int, str]


@dataclass
class Hub:
    """``asked`` remembers every form it was sent; ``status`` and ``says`` are what it answers, ``leads_to`` where it
    sends the request on to; ``lease`` is what it grants. ``verifies`` before it answers; ``told`` remembers what it was
    told then. ``feed`` is the document of a newsroom, ``looks`` counts who asks for it.
    """

    status: int = 202
    lease: str = "864000"
    verifies: bool = True
    hangs: bool = False
    leads_to: str = ""
    says: str = "in a moment"
    feed: str = ""
    looks: int = 0
    asked: list[dict[str, str]] = field(default_factory=list)
    told: list[Answer] = field(default_factory=list)
    address: str = ""

    async def start(self, tls: ssl.SSLContext | None = None) -> None:
        app = web.Application()
        app.add_routes([web.post("/{name}", self._hear), web.get("/feed", self._feed)])
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0, ssl_context=tls).start()
        self.address = f"{'https' if tls else 'http'}://127.0.0.1:{self._runner.addresses[0][1]}/hub"
        self._session = aiohttp.ClientSession()

    async def stop(self) -> None:
        await self._session.close()
        await self._runner.cleanup()

    async def _feed(self, _: web.Request) -> web.Response:
        """The newsroom's feed, which names the hub in its headers only."""
        self.looks += 1
        links = f'<{self.address}>; rel="hub", </feed>; rel=self'
        return web.Response(text=self.feed, content_type="application/rss+xml", headers={"Link": links})

    async def _hear(self, request: web.Request) -> web.Response:
        if self.hangs:
            await asyncio.Event().wait()
        if self.leads_to and request.path != "/there":
            return web.Response(status=self.status, headers={"Location": self.leads_to})
        self.asked.append({name: str(value) for name, value in (await request.post()).items()})
        if self.verifies:
            self.told.append(await self.verify())
        return web.Response(status=202 if self.leads_to else self.status, text=self.says)

    async def verify(self, **changes: str) -> Answer:
        """Make sure of the last request, or of a forged one."""
        form = self.asked[-1]
        query = {
            "hub.mode": form["hub.mode"],
            "hub.topic": form["hub.topic"],
            "hub.challenge": "<b>&challenge",
            "hub.lease_seconds": self.lease,
        }
        given = query | {f"hub.{name}": value for name, value in changes.items()}
        async with self._session.get(form["hub.callback"], params=given) as answer:
            return answer.status, await answer.text()

    async def push(
        self, body: bytes, algorithm: str = "sha256", secret: str | None = None, path: str = "", link: str = ""
    ) -> int:
        """Deliver; ``algorithm`` "" signs nothing, ``path`` goes where nobody subscribed, ``link`` is the header."""
        form = next(each for each in reversed(self.asked) if each["hub.mode"] == "subscribe")
        key = (form.get("hub.secret", "") if secret is None else secret).encode()
        headers = {"Content-Type": "application/rss+xml", **({"Link": link} if link else {})}
        if algorithm:
            headers["X-Hub-Signature"] = f"{algorithm}={hmac.new(key, body, algorithm).hexdigest()}"
        address = form["hub.callback"].rpartition("/")[0] + f"/{path}" if path else form["hub.callback"]
        async with self._session.post(address, data=body, headers=headers) as answer:
            return answer.status
