# SPDX-License-Identifier: AGPL-3.0-or-later
"""Our own HTTP session: one a process, guarded, without cookies, proxies of the environment or silent decompression."""

import resource
import ssl
from contextlib import suppress

import aiohttp

from relay.outside.guard import Guard
from relay.outside.lookup import Lookup

FILES = 131_072  # as many as ever are of use: each connection that is kept is one


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
            _open_files()
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
            dns_cache_max_size=32_768,  # with fewer than there are hosts, looks that go round would find none of them
            keepalive_timeout=75,  # longer than a feed is left alone during a strike: a handshake costs ten looks
            happy_eyeballs_delay=0.25,
            resolver=Lookup(self._guard),
            socket_factory=self._guard.socket_factory,
        )

    async def aclose(self) -> None:
        """Close the session if one was opened."""
        if self._session is not None:
            await self._session.close()


def _open_files() -> None:
    """Let this process have as many files open as it may: the usual limit is a thousand, for the sake of ``select``.

    aiohttp limits the connections at work, not those that it keeps. https://0pointer.net/blog/file-descriptor-limits.html
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = FILES if hard == resource.RLIM_INFINITY else min(hard, FILES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
