# SPDX-License-Identifier: AGPL-3.0-or-later
"""Our own HTTP session: one a process, guarded, without cookies, proxies of the environment or silent decompression."""

import socket

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from relay.outside.guard import Guard


class _AllOrNothing(AbstractResolver):
    """A look-up that names one private address is no answer at all: somebody is trying something."""

    def __init__(self, guard: Guard) -> None:
        self._guard = guard
        self._inner = aiohttp.DefaultResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        found = await self._inner.resolve(host, port, family)
        self._guard.vouch((0, 0, 0, "", (each["host"], each["port"])) for each in found)
        return found

    async def close(self) -> None:
        await self._inner.close()


class Door:
    """Opens the session on first use, inside the running loop, and gives it back with ``aclose``."""

    def __init__(self, guard: Guard, user_agent: str) -> None:
        self._guard = guard
        self._user_agent = user_agent
        self._session: aiohttp.ClientSession | None = None

    @property
    def session(self) -> aiohttp.ClientSession:
        """The guarded session. Redirects and decompression are the caller's business."""
        if self._session is None or self._session.closed:
            connector = aiohttp.TCPConnector(
                limit=256,
                limit_per_host=2,
                ttl_dns_cache=300,
                keepalive_timeout=75,
                resolver=_AllOrNothing(self._guard),
                socket_factory=self._guard.socket_factory,
            )
            self._session = aiohttp.ClientSession(
                connector=connector,
                cookie_jar=aiohttp.DummyCookieJar(),
                headers={"User-Agent": self._user_agent},
                timeout=aiohttp.ClientTimeout(total=20, sock_connect=8, sock_read=10),
                auto_decompress=False,
                trust_env=False,
            )
        return self._session

    async def aclose(self) -> None:
        """Close the session if one was opened."""
        if self._session is not None:
            await self._session.close()
