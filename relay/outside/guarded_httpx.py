# SPDX-License-Identifier: AGPL-3.0-or-later
"""The guard for ``httpx``, which atproto talks through. Slow to import: for that adapter only."""

import asyncio
import socket
import ssl
from collections.abc import Iterable
from functools import cache

import httpcore
import httpx

from relay.outside.guard import Forbidden, Guard


def transport(guard: Guard) -> httpx.AsyncBaseTransport:
    """For ``httpx.AsyncClient(transport=…)``: connects to permitted addresses only, ignores the environment.

    A forbidden address raises ``httpx.ConnectError``. Redirects are the client's business; leave them off.
    """
    guarded = httpx.AsyncHTTPTransport(verify=_trust(), trust_env=False)
    # httpx has no parameter for httpcore's network backend (https://www.encode.io/httpcore/network-backends/), so the
    # pool is replaced; tests/outside/test_guarded.py fails the day this attribute has another name.
    guarded._pool = httpcore.AsyncConnectionPool(
        ssl_context=_trust(),
        max_connections=100,
        max_keepalive_connections=20,
        keepalive_expiry=30.0,
        network_backend=_Backend(guard),
    )
    return guarded


@cache
def _trust() -> ssl.SSLContext:
    """The certificates trusted, once for all accounts: each context costs 27 ms and 0.85 MB."""
    return httpx.create_ssl_context(trust_env=False)


class _Backend(httpcore.AsyncNetworkBackend):
    """Looks a host up once, has the whole answer vouched for, and connects to exactly those addresses in turn."""

    def __init__(self, guard: Guard) -> None:
        self._guard = guard
        self._inner = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        last: Exception = httpcore.ConnectError("the look-up gave no address")
        for address in await self._addresses(host, port, timeout):
            try:
                return await self._inner.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as fault:
                last = fault
        raise last

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        raise httpcore.ConnectError("local sockets are not permitted")

    async def sleep(self, seconds: float) -> None:
        await self._inner.sleep(seconds)

    async def _addresses(self, host: str, port: int, timeout: float | None) -> list[str]:
        try:
            sought = self._guard.sought(host)
            async with asyncio.timeout(timeout):
                infos = await asyncio.get_running_loop().getaddrinfo(sought, port, type=socket.SOCK_STREAM)
            return self._guard.vouch(infos)
        except TimeoutError as fault:
            raise httpcore.ConnectTimeout(str(fault)) from fault
        except Forbidden as fault:
            raise httpcore.ConnectError(str(fault)) from fault
        except OSError as fault:
            raise httpcore.ConnectError(f"{host} could not be looked up: {fault}") from fault
