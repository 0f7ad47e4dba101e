# SPDX-License-Identifier: AGPL-3.0-or-later
"""What goes over the pipe between the parser and its boxes, as bytes.

A frame is a length (4 bytes, big endian) and as many bytes. A request is four frames: content type, address, known
prints, body. The answer is one: a reading as JSON, or null.
"""

import json
import struct
from dataclasses import astuple, replace
from datetime import datetime
from typing import Any, BinaryIO

from relay.terms import Document, Entry, Reading

LENGTH = struct.Struct(">I")


def receive(stream: BinaryIO) -> bytes | None:
    """The next frame, None at the end of the stream."""
    head = stream.read(LENGTH.size)
    if len(head) < LENGTH.size:
        return None
    (length,) = LENGTH.unpack(head)
    return stream.read(length)


def pack(reading: Reading | None) -> bytes:
    """The reading as JSON; ``null`` for None."""
    if reading is None:
        return b"null"
    told: list[Any] = [reading.prints.hex(), None, []]
    if reading.document:
        told[1:] = [vars(replace(reading.document, entries=())), [astuple(each) for each in reading.document.entries]]
    return json.dumps(told, default=datetime.isoformat).encode()


def unpack(answer: bytes) -> Reading | None:
    """The reading that ``pack`` was given."""
    told = json.loads(answer)
    if told is None:
        return None
    prints, document, entries = told
    if document is not None:
        document = Document(**{**document, "entries": tuple(_entry(*each) for each in entries)})
    return Reading(document, bytes.fromhex(prints))


def _entry(guid: str, link: str, title: str, summary: str, published: str | None, language: str) -> Entry:
    return Entry(guid, link, title, summary, datetime.fromisoformat(published) if published else None, language)
