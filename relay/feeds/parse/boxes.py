# SPDX-License-Identifier: AGPL-3.0-or-later
"""The boxes that are running: each reads one document at a time, and is killed where that takes too long."""

import asyncio
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from pathlib import Path

import relay
from relay.feeds.parse.pipe import LENGTH

_START_SECONDS = 30.0
_NOTHING = (b"", b"", b"", b"")


class Broken(Exception):
    """The box had to be killed, or died, over this request."""


class Boxes:
    """At most ``most`` boxes, started when there is work for them; one without any waits at its pipe and costs nothing.

    A request that takes over ``seconds``, not counting the wait for a box, is the end of its box.
    """

    def __init__(self, most: int, seconds: float) -> None:
        self._turns = asyncio.Semaphore(most)
        self._seconds = seconds
        self._running: set[Process] = set()
        self._idle: list[Process] = []

    async def ask(self, *request: bytes) -> bytes:
        """The answer to a request (the frames of ``pipe``). Raises Broken."""
        async with self._turns:
            box = await self._free()
            try:
                async with asyncio.timeout(self._seconds):
                    answer = await _exchange(box, request)
            except (TimeoutError, OSError, asyncio.IncompleteReadError) as fault:
                await self._end(box)
                raise Broken from fault
            except BaseException:
                await self._end(box)  # half an exchange is on the pipe
                raise
            self._idle.append(box)
            return answer

    async def aclose(self) -> None:
        """End all boxes; safe to call twice, and a later ``ask`` starts another."""
        self._idle.clear()
        while self._running:
            await self._end(next(iter(self._running)))

    async def _free(self) -> Process:
        while self._idle:
            box = self._idle.pop()
            if box.returncode is None:
                return box
            await self._end(box)
        box = await _start()
        self._running.add(box)
        return box

    async def _end(self, box: Process) -> None:
        self._running.discard(box)
        await _kill(box)


async def _start() -> Process:
    """A box that has imported all it needs, so that its start does not count against the first document."""
    place = str(Path(relay.__file__).parents[1])
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "LD_LIBRARY_PATH") if name in os.environ}
    box = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", "relay.feeds.parse.box"),
        stdin=PIPE,
        stdout=PIPE,
        stderr=DEVNULL,
        env={**kept, "PYTHONPATH": place, "PYTHONDONTWRITEBYTECODE": "1"},
        start_new_session=True,  # Ctrl-C in a terminal is the relay's to hear: it still has a document to be read
    )
    try:
        async with asyncio.timeout(_START_SECONDS):
            await _exchange(box, _NOTHING)
    except BaseException:
        await _kill(box)
        raise
    return box


async def _kill(box: Process) -> None:
    if box.returncode is None:
        box.kill()
    await box.communicate()


async def _exchange(box: Process, request: tuple[bytes, ...]) -> bytes:
    if box.stdin is None or box.stdout is None:
        raise BrokenPipeError
    for frame in request:
        box.stdin.write(LENGTH.pack(len(frame)))
        box.stdin.write(frame)
    await box.stdin.drain()
    (length,) = LENGTH.unpack(await box.stdout.readexactly(LENGTH.size))
    return await box.stdout.readexactly(length)
