# SPDX-License-Identifier: AGPL-3.0-or-later
"""The guard for ``requests``, which Mastodon.py talks through. Slow to import: for that adapter only."""

import socket
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import NameResolutionError, NewConnectionError
from urllib3.util.connection import create_connection

from relay.outside.guard import Forbidden, Guard


def session(guard: Guard) -> requests.Session:
    """A session that connects to permitted addresses only, ignores the environment and stays on the origin it asked.

    A forbidden address raises ``requests.ConnectionError``; a redirect to another origin is returned, not followed.
    """
    guarded = _AtHome()
    guarded.trust_env = False
    for scheme in ("http://", "https://"):
        guarded.mount(scheme, _Adapter(guard))
    return guarded


class _AtHome(requests.Session):
    """Follows redirects within one origin, so that a token never travels."""

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        target = super().get_redirect_target(resp)
        if target is None:
            return None
        here, there = urlsplit(resp.url), urlsplit(urljoin(resp.url, target))
        return target if (here.scheme, here.netloc) == (there.scheme, there.netloc) else None


class _Adapter(HTTPAdapter):
    """Gives urllib3's pool manager connections that ask the guard."""

    def __init__(self, guard: Guard) -> None:
        self._guard = guard
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = _pools(self._guard)


def _pools(guard: Guard) -> dict[str, type[HTTPConnectionPool]]:
    class Plain(HTTPConnection):
        def _new_conn(self) -> socket.socket:
            return _connect(self, guard)

    class Secure(HTTPSConnection):
        def _new_conn(self) -> socket.socket:
            return _connect(self, guard)

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = Secure

    return {"http": PlainPool, "https": SecurePool}


def _connect(connection: HTTPConnection, guard: Guard) -> socket.socket:
    """Look the host up once, have the whole answer vouched for, and connect to exactly those addresses in turn."""
    host, port = connection.host.strip("[]"), connection.port or connection.default_port
    try:
        addresses = guard.vouch(socket.getaddrinfo(guard.sought(host), port, type=socket.SOCK_STREAM))
    except socket.gaierror as fault:
        raise NameResolutionError(host, connection, fault) from fault
    except Forbidden as fault:
        raise NewConnectionError(connection, str(fault)) from fault
    last: OSError = OSError("the look-up gave no address")
    for address in addresses:
        try:
            return create_connection(
                (address, port),
                connection.timeout,
                source_address=connection.source_address,
                socket_options=connection.socket_options,
            )
        except OSError as fault:
            last = fault
    raise NewConnectionError(connection, f"Failed to establish a new connection: {last}") from last
