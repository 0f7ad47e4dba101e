# SPDX-License-Identifier: AGPL-3.0-or-later
"""The parser as the house sees it: bytes in, document out, whatever happens to the child that does the work."""

import asyncio
import json
import os
import struct
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from datetime import datetime
from pathlib import Path
from typing import Any

import relay
from relay.faults import FeedFault, NotAFeed
from relay.feeds.parse.reading import Reading
from relay.i18n import say
from relay.terms import Document, Entry

_LENGTH = struct.Struct(">I")
_START_SECONDS = 30.0


class Parser:
    """Keeps one box running, hands it one document at a time, kills it after ``seconds`` and starts another."""

    def __init__(self, seconds: float = 5.0) -> None:
        self._seconds = seconds
        self._turn = asyncio.Lock()
        self._box: Process | None = None

    async def parse(self, body: bytes, content_type: str, address: str) -> Document:
        """The feed in ``body``; ``content_type`` is the header as sent, ``address`` where it came from.

        Raises NotAFeed if there is none in it, or if reading it costs too much time or memory.
        """
        async with self._turn:
            answer = await self._boxed([content_type.encode(), address.encode("utf-8", "replace"), body])
        if answer is None:
            raise NotAFeed(say("There is no feed at this address. Give the address of an RSS, Atom or JSON feed."))
        return _document(answer)

    async def read(
        self, body: bytes, content_type: str, address: str, known: bytes, *, suspect: bool = False
    ) -> Reading:
        """What is new in ``body`` beside the entries ``known`` by their fingerprints."""
        return Reading(await self.parse(body, content_type, address))

    async def aclose(self) -> None:
        """End the box; safe to call twice, and a later ``parse`` starts another."""
        box, self._box = self._box, None
        if box is None:
            return
        if box.returncode is None:
            box.kill()
        await box.communicate()

    async def _boxed(self, frames: list[bytes]) -> Any:
        box = await self._running()
        try:
            async with asyncio.timeout(self._seconds):
                return await _exchange(box, frames)
        except (TimeoutError, OSError, asyncio.IncompleteReadError) as fault:
            await self.aclose()
            raise _too_heavy() from fault
        except BaseException:
            await self.aclose()  # half an exchange is on the pipe
            raise

    async def _running(self) -> Process:
        if self._box is None or self._box.returncode is not None:
            await self.aclose()
            self._box = await _start()
        return self._box


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
            await _exchange(box, [b"", b"", b""])
    except BaseException:
        box.kill()
        await box.communicate()
        raise
    return box


async def _exchange(box: Process, frames: list[bytes]) -> Any:
    if box.stdin is None or box.stdout is None:
        raise BrokenPipeError
    for frame in frames:
        box.stdin.write(_LENGTH.pack(len(frame)) + frame)
    await box.stdin.drain()
    (length,) = _LENGTH.unpack(await box.stdout.readexactly(_LENGTH.size))
    return json.loads(await box.stdout.readexactly(length))


def _document(answer: dict[str, Any]) -> Document:
    entries = tuple(
        Entry(**{**each, "published": datetime.fromisoformat(each["published"]) if each["published"] else None})
        for each in answer.pop("entries")
    )
    return Document(entries=entries, **answer)


def _too_heavy() -> FeedFault:
    return NotAFeed(
        say("Reading this feed takes too much time or memory. Tell its publisher, or give a feed with fewer articles.")
    )
