# SPDX-License-Identifier: AGPL-3.0-or-later
"""HTTP without a library, for tests of servers that break its rules: what came, byte for byte, and how it ended."""

import asyncio
import ssl
from dataclasses import dataclass, field
from urllib.parse import urlsplit

AGENT = "Piquet tests (+https://piquet.example/about)"
PATIENCE = 5.0  # s without a byte after which nothing more is awaited


@dataclass(frozen=True)
class Reply:
    """``ended``: whole (as long as it said), closed, reset, silent (nothing more came), more (than was to be read)."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    ended: str = "whole"
    raw: bytes = b""


class Client:
    """One connection, kept for as many requests as the server likes."""

    def __init__(self, address: str, tls: ssl.SSLContext | None = None) -> None:
        self._parts, self._tls = urlsplit(address), tls

    async def __aenter__(self) -> "Client":
        parts = self._parts
        self._reader, self._writer = await asyncio.open_connection(
            parts.hostname, parts.port, ssl=self._tls, limit=1 << 24
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        self._writer.close()

    async def ask(
        self, path: str = "", most: int = 1 << 22, method: str = "GET", patience: float = PATIENCE, **headers: str
    ) -> Reply:
        """Send a request as a good reader does, but for ``headers`` (If_None_Match="…"; "" leaves one out)."""
        told = {"Host": self._parts.netloc, "User_Agent": AGENT, "Accept_Encoding": "gzip"} | headers
        lines = [f"{name.replace('_', '-')}: {value}" for name, value in told.items() if value]
        self._writer.write("\r\n".join([f"{method} {path or self._path} HTTP/1.1", *lines, "", ""]).encode())
        data = b""
        while True:
            try:
                more = await asyncio.wait_for(self._reader.read(1 << 20), patience)
            except TimeoutError:
                return _read(data, "silent")
            except ConnectionError:
                return _read(data, "reset")
            data += more
            if not more or len(data) > most or _is_whole(data, method):
                return _read(data, "closed" if not more else "more" if len(data) > most else "whole")

    @property
    def _path(self) -> str:
        return self._parts.path + (f"?{self._parts.query}" if self._parts.query else "")


async def ask(
    address: str,
    tls: ssl.SSLContext | None = None,
    most: int = 1 << 22,
    patience: float = PATIENCE,
    **headers: str,
) -> Reply:
    """One request on a connection of its own."""
    async with Client(address, tls) as client:
        return await client.ask(most=most, patience=patience, **headers)


def _is_whole(data: bytes, method: str) -> bool:
    _head, end, body = data.partition(b"\r\n\r\n")
    reply = _read(data, "")
    if not end:
        return False
    bare = method == "HEAD" or reply.status == 304
    return bare or len(body) >= int(reply.headers.get("content-length", 1 << 40))


def _read(data: bytes, ended: str) -> Reply:
    head, end, body = data.partition(b"\r\n\r\n")
    first, *lines = head.decode(errors="surrogateescape").split("\r\n")
    if not end or not first.startswith("HTTP/1.1 "):
        return Reply(ended=ended, raw=data)
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    return Reply(int(first.split(" ")[1]), headers, body, ended, data)
