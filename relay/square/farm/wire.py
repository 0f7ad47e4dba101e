# SPDX-License-Identifier: AGPL-3.0-or-later
"""HTTP/1.1 by hand, since the farm shares its cores with the reader that is measured: one connection, kept alive."""

import asyncio
import socket
import struct
from typing import cast

from relay.square.farm.answer import read
from relay.square.farm.faults.fault import Line
from relay.square.farm.hosts import is_loopback
from relay.square.farm.manners import Manners
from relay.square.farm.serving import Play, Serving

_LONGEST = 1 << 16  # bytes of a request's head
_MOMENT = 0.03  # s
# Linger for no time: closing resets, https://man7.org/linux/man-pages/man7/socket.7.html
_RESET = struct.pack("ii", 1, 0)


class Wire(asyncio.Protocol):
    """One connection; ``open_wires`` holds it while it lasts. It is itself the ``Line`` that faults are played on."""

    def __init__(self, serving: Serving, manners: Manners, scheme: str, open_wires: set["Wire"]) -> None:
        self._serving, self._manners, self._scheme, self._open_wires = serving, manners, scheme, open_wires
        self._rest = b""
        self._host = self._base = ""
        self.playing: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._gone: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._writable = asyncio.Event()
        self._writable.set()
        host, port = transport.get_extra_info("sockname")[:2]
        if not is_loopback(host):
            self._transport.abort()
            return
        self._host, self._base = host, f"{self._scheme}://{host}:{port}"
        self._open_wires.add(self)
        if self._manners.connected(host):
            asyncio.get_running_loop().call_later(_MOMENT, self._manners.crowd, host)

    def connection_lost(self, exc: Exception | None) -> None:
        self._gone.set_result(None)
        self._writable.set()
        if self in self._open_wires:
            self._open_wires.discard(self)
            self._manners.left(self._host)

    def data_received(self, data: bytes) -> None:
        self._rest = self._rest + data if self._rest else data
        while self.playing is None and 0 <= (end := self._rest.find(b"\r\n\r\n")) <= _LONGEST:
            head, self._rest = self._rest[:end], self._rest[end + 4 :]
            self._take(head)
        if len(self._rest) > _LONGEST:
            self._transport.abort()

    def _take(self, head: bytes) -> None:
        try:
            asked = read(head, self._host, self._base)
        except ValueError:
            self._transport.abort()
            return
        made = self._serving.answer(asked)
        if isinstance(made, bytes):
            self._transport.write(made)
            if asked.headers.get("connection", "").lower() == "close":
                self._transport.close()
        else:
            self.playing = asyncio.ensure_future(self._play(made))

    async def _play(self, play: Play) -> None:
        try:
            await play(cast(Line, self))
        finally:
            self.playing = None
        self.data_received(b"")

    def pause_writing(self) -> None:
        self._writable.clear()

    def resume_writing(self) -> None:
        self._writable.set()

    @property
    def open(self) -> bool:
        return not self._transport.is_closing()

    async def write(self, data: bytes) -> None:
        if self.open:
            self._transport.write(data)
        await self.pause(0)  # else a fast reader of what never ends would keep everyone else waiting
        await self._writable.wait()

    async def pause(self, seconds: float) -> None:
        await asyncio.wait({self._gone}, timeout=seconds)

    def finish(self) -> None:
        self._transport.close()

    def reset(self) -> None:
        if self.open:
            self._transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            self._transport.abort()

    def cut(self) -> None:
        """End it, because the farm closes."""
        self._transport.abort()
