# SPDX-License-Identifier: AGPL-3.0-or-later
"""Tell systemd that the relay is ready, that it lives, that it stops: datagrams on the socket it names.

https://www.freedesktop.org/software/systemd/man/latest/sd_notify.html
"""

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress

from relay.clock import RealClock


class Systemd:
    """Whoever supervises us, if anybody does. ``every``: seconds between two signs of life, None if none is wanted."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        name = environ.get("NOTIFY_SOCKET", "")
        self._address = f"\0{name[1:]}" if name.startswith("@") else name  # the abstract namespace of Linux
        mine = environ.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
        wanted = int(environ.get("WATCHDOG_USEC", "0")) if mine else 0
        self.every = wanted / 2_000_000 if wanted else None

    def tell(self, state: str) -> None:
        """``READY=1`` and the like; nobody listening is no trouble."""
        if self._address:
            with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as line:
                line.setblocking(False)
                line.sendto(state.encode(), self._address)


@asynccontextmanager
async def supervised(systemd: Systemd, well: Callable[[], bool]) -> AsyncIterator[None]:
    """Ready when the block begins, stopping when it ends; between them a sign of life as long as all is ``well``."""

    async def live() -> None:
        while systemd.every:
            if well():
                systemd.tell("WATCHDOG=1")
            await RealClock().sleep(systemd.every)

    systemd.tell("READY=1")
    living = asyncio.create_task(live())
    try:
        yield
    finally:
        living.cancel()
        systemd.tell("STOPPING=1")
