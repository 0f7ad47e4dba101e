# SPDX-License-Identifier: AGPL-3.0-or-later
"""The parser as the house sees it: bytes in, reading out, whatever happens to the child that does the work."""

from relay.faults import FeedTooHeavy, NotAFeed
from relay.feeds.parse.boxes import Boxes, Broken
from relay.feeds.parse.glance import glance
from relay.feeds.parse.pipe import unpack
from relay.feeds.parse.prints import nothing_new, of_text
from relay.i18n import say
from relay.terms import Document, Reading

_AT_ONCE = 256 << 10  # bytes of which the text is compared here and now: never 20 ms, whatever they are
_AT_A_GLANCE = 128 << 10  # likewise, bytes that are glanced at


class Parser:
    """Reads feeds in boxes, up to ``boxes`` at a time, of which none takes over ``seconds`` for one document.

    Where a small document shows at a glance that nothing is new in it, no box is asked.
    """

    def __init__(self, seconds: float = 5.0, boxes: int = 2) -> None:
        self._boxes = Boxes(boxes, seconds)
        self._suspects = Boxes(1, seconds)

    async def parse(self, body: bytes, content_type: str, address: str) -> Document:
        """The whole feed in ``body``; ``content_type`` is the header as sent, ``address`` where it came from.

        Raises NotAFeed if there is none in it, FeedTooHeavy if reading it costs too much time or memory.
        """
        reading = await self._boxed(self._boxes, body, content_type, address, b"")
        return reading.document or Document(())

    async def read(
        self, body: bytes, content_type: str, address: str, known: bytes, *, suspect: bool = False
    ) -> Reading:
        """What is in ``body`` for one who has seen the entries that ``known`` are the prints of.

        Without a document there is nothing new. In a document the entries not ``known`` are whole; of the others
        perhaps only guid, link, title and date have been read. A ``suspect`` feed has cost boxes before: it waits for
        one that it shares with its like alone. Raises as ``parse`` does.
        """
        if known and not suspect and len(body) <= _AT_ONCE:
            text = of_text(body, content_type)
            if nothing_new(text, known):
                return Reading(None, known)
            if len(body) <= _AT_A_GLANCE and nothing_new(seen := glance(body, content_type), known):
                return Reading(None, seen + text)
        return await self._boxed(self._suspects if suspect else self._boxes, body, content_type, address, known)

    async def aclose(self) -> None:
        """End the boxes; safe to call twice, and a later reading starts another."""
        await self._boxes.aclose()
        await self._suspects.aclose()

    async def _boxed(self, boxes: Boxes, body: bytes, content_type: str, address: str, known: bytes) -> Reading:
        try:
            answer = await boxes.ask(content_type.encode(), address.encode("utf-8", "replace"), known, body)
        except Broken as fault:
            raise _too_heavy() from fault
        reading = unpack(answer)
        if reading is None:
            raise NotAFeed(say("There is no feed at this address. Give the address of an RSS, Atom or JSON feed."))
        return reading


def _too_heavy() -> FeedTooHeavy:
    return FeedTooHeavy(
        say("Reading this feed takes too much time or memory. Tell its publisher, or give a feed with fewer articles.")
    )
