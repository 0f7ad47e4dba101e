# SPDX-License-Identifier: AGPL-3.0-or-later
"""Our own HTTP session: one a process, guarded, without cookies, proxies of the environment or silent decompression."""

import ssl

import aiohttp

from relay.outside.guard import Guard
from relay.outside.lookup import Lookup


class Door:
    """Opens the session on first use, inside the running loop, and gives it back with ``aclose``.

    ``trust``: whose certificates to believe, if not those that the machine does.
    """

    def __init__(self, guard: Guard, user_agent: str, trust: ssl.SSLContext | None = None) -> None:
        self._guard = guard
        self._user_agent = user_agent
        self._trust = trust
        self._session: aiohttp.ClientSession | None = None

    @property
    def session(self) -> aiohttp.ClientSession:
        """The guarded session. Redirects and decompression are the caller's business."""
        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession(
                connector=self._connector(),
                cookie_jar=aiohttp.DummyCookieJar(),
                headers={"User-Agent": self._user_agent},
                timeout=aiohttp.ClientTimeout(total=20, sock_connect=8, sock_read=10),
                auto_decompress=False,
                trust_env=False,
            )
        return self._session

    def _connector(self) -> aiohttp.TCPConnector:
        return aiohttp.TCPConnector(
            ssl=self._trust or True,
            limit=512,
            limit_per_host=2,
            ttl_dns_cache=300,
            keepalive_timeout=75,  # longer than a feed is left alone during a strike: a handshake costs ten looks
            happy_eyeballs_delay=0.25,
            resolver=Lookup(self._guard),
            socket_factory=self._guard.socket_factory,
        )

    async def aclose(self) -> None:
        """Close the session if one was opened."""
        if self._session is not None:
            await self._session.close()
