# SPDX-License-Identifier: AGPL-3.0-or-later
"""Look names up for our own session: in threads of their own, with a deadline, and the guard vouching for the answer.

The loop's own threads will not do: the networks send notices in them, so a few dozen feeds whose name servers are
silent would hold up a strike, and a process that ends would wait for them. A look-up cannot be cancelled, only left.
"""

import asyncio
import socket
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from threading import Thread

from aiohttp.abc import AbstractResolver, ResolveResult

from relay.outside.guard import AddrInfo, Guard

PLACES = 512  # look-ups at once: as many as there are connections to be made, so that none waits for a place
DEADLINE = 8.0  # seconds for one look-up
FORGETS = 30.0  # seconds after which a name that could not be looked up is asked for again
MOST = 8192  # such names remembered


class Lookup(AbstractResolver):
    """For aiohttp's TCPConnector, which remembers what was found and lets only one look-up of a name begin.

    A name that cannot be looked up raises ``socket.gaierror``, one that the guard refuses Forbidden.
    """

    def __init__(self, guard: Guard) -> None:
        self._guard = guard
        self._places = asyncio.Semaphore(PLACES)
        self._failed: dict[str, tuple[float, tuple[object, ...]]] = {}  # name → until when, and the failure's words

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """The addresses of ``host``. One that the guard does not permit spoils them all: somebody tries something."""
        clock = asyncio.get_running_loop().time
        until, words = self._failed.get(host, (0.0, ()))
        if clock() < until:
            raise socket.gaierror(*words)
        try:
            infos = await self._asked(self._guard.sought(host), port, family)
        except socket.gaierror as fault:
            if len(self._failed) >= MOST:
                self._failed.clear()
            self._failed[host] = (clock() + FORGETS, fault.args)
            raise
        self._failed.pop(host, None)
        self._guard.vouch(infos)
        return [_result(host, info) for info in infos]

    async def close(self) -> None:
        """Nothing to give back: nobody waits for a thread that hangs."""

    async def _asked(self, name: str, port: int, family: int) -> Sequence[AddrInfo]:
        def ask() -> Sequence[AddrInfo]:
            return socket.getaddrinfo(name, port, family, socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)

        async with self._places:
            try:
                return await asyncio.wait_for(asyncio.wrap_future(_begun(ask)), DEADLINE)
            except TimeoutError:
                raise socket.gaierror(socket.EAI_AGAIN, f"no answer within {DEADLINE:.0f} s") from None


def _begun(ask: Callable[[], Sequence[AddrInfo]]) -> Future[Sequence[AddrInfo]]:
    """``ask`` under way in a thread that does not keep the process alive."""
    answer: Future[Sequence[AddrInfo]] = Future()
    answer.set_running_or_notify_cancel()

    def run() -> None:
        try:
            answer.set_result(ask())
        except Exception as fault:
            answer.set_exception(fault)

    Thread(target=run, name="piquet look-up", daemon=True).start()
    return answer


def _result(host: str, info: AddrInfo) -> ResolveResult:
    family, _, proto, _, target = info
    return ResolveResult(
        hostname=host,
        host=str(target[0]),
        port=int(str(target[1])),
        family=family,
        proto=proto,
        flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
    )
