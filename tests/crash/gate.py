# SPDX-License-Identifier: AGPL-3.0-or-later
"""A door before a server that passes bytes both ways, and strikes at a point on the wire that only a server can see."""

import asyncio
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

HALF, WHOLE, HEAD, BODY = "half of the request", "whole request", "head of the answer", "body of the answer"
WIRE = (HALF, WHOLE, HEAD, BODY)
MOMENT = 0.03  # s that a client is given to read what has been passed


@dataclass
class Trap:
    """Calls ``strike`` once, when the POST that carries ``token`` has come to ``point``."""

    point: str
    token: str
    strike: Callable[[], None]


class Gate:
    """One door on loopback. ``begun``: when the head of each POST came, on the loop's clock, and for which path."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._server: asyncio.Server | None = None
        self.trap: Trap | None = None
        self.begun: list[tuple[float, str]] = []

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._pass, "127.0.0.1", 0)

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()

    @property
    def address(self) -> str:
        assert self._server is not None
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, out = await asyncio.open_connection("127.0.0.1", self._port)
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while await self._exchange(reader, writer, there, out):
                pass
        for each in (out, writer):
            each.close()

    async def _exchange(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        there: asyncio.StreamReader,
        out: asyncio.StreamWriter,
    ) -> bool:
        """One request and its answer; False where the line is to be closed."""
        head = await reader.readuntil(b"\r\n\r\n")
        if head.startswith(b"POST"):
            self.begun.append((asyncio.get_running_loop().time(), head.split()[1].decode()))
        body = await reader.readexactly(_length(head))
        trap = self.trap if self.trap and self.trap.token.encode() in body and head.startswith(b"POST") else None
        point = trap.point if trap else ""
        if point == HALF:
            out.write(head + body[: len(body) // 2])
            return self._strike()
        out.write(head + body)
        answer = await there.readuntil(b"\r\n\r\n")
        if point == WHOLE:
            return self._strike()
        writer.write(answer)
        if point == HEAD:
            await asyncio.sleep(MOMENT)
            return self._strike()
        writer.write(await there.readexactly(_length(answer)))
        return self._strike() if point == BODY else True

    def _strike(self) -> bool:
        assert self.trap is not None
        self.trap.strike()
        self.trap = None
        return False


def _length(head: bytes) -> int:
    found = re.search(rb"\r\ncontent-length: *(\d+)", head, re.IGNORECASE)
    return int(found[1]) if found else 0
