# SPDX-License-Identifier: AGPL-3.0-or-later
"""Bounded decompression of a whole body, which must end where its format says it ends.

Ours, because aiohttp takes a gzip stream that was cut short for a success, and reads a 2 kB bomb into 2 GB.
"""

import asyncio
import hashlib
import zlib
from collections.abc import Callable, Iterator

import brotli  # type: ignore[import-untyped]  # ships no types
import zstandard

from relay.faults import FeedUnreachable, NotAFeed
from relay.i18n import say

ACCEPTED = "gzip, br, zstd"
INLINE = 1 << 18  # bytes, before and after, that are unpacked and hashed in a millisecond or two
_STEP = 1 << 18  # bytes of output asked for at a time
_STREAMS = 256  # in a row; each costs a copy of what follows, and gzip in blocks of 64 kB fills 10 MB with 160
_ZSTD_PIECE = 256  # bytes of input: one block of 4 bytes may become 128 kB, so a piece becomes at most 8 MB
_ZSTD_WINDOW = 8 << 20  # https://www.rfc-editor.org/rfc/rfc9659


class _Cut(Exception):
    """The stream is broken, or ends before its end mark."""


async def unpack(body: bytes, encoding: str, limit: int) -> tuple[bytes, bytes]:
    """What ``decode`` returns, or raises, and its SHA-256.

    What is large, or turns out to be, is dealt with in a thread: nobody else has to wait for it.
    """
    if len(body) <= INLINE < limit:
        try:
            return _digested(body, encoding, INLINE)
        except NotAFeed:
            pass  # more comes out of it than may be dealt with here
    return await asyncio.to_thread(_digested, body, encoding, limit)


def _digested(body: bytes, encoding: str, limit: int) -> tuple[bytes, bytes]:
    whole = decode(body, encoding, limit)
    return whole, hashlib.sha256(whole).digest()


def decode(body: bytes, encoding: str, limit: int) -> bytes:
    """The body without its Content-Encoding.

    Raises FeedUnreachable if it is cut short, broken or packed in an unknown way (or twice), NotAFeed if it is
    longer than ``limit`` bytes.
    """
    name = encoding.strip().lower()
    if name in ("", "identity"):
        return _bounded(iter([body]), limit)
    unpacked = _UNPACK.get(name)
    if unpacked is None:
        raise FeedUnreachable(
            say(
                "The answer is packed as “{name}”, which Piquet did not ask for. Tell the feed’s publisher.",
                name=name[:40].encode("ascii", "replace").decode(),
            )
        )
    try:
        return _bounded(unpacked(body), limit)
    except (zlib.error, brotli.error, zstandard.ZstdError, _Cut) as fault:
        raise FeedUnreachable(say("The answer was cut short on its way. The next look may bring it whole.")) from fault


def _bounded(pieces: Iterator[bytes], limit: int) -> bytes:
    whole, length = [], 0
    for piece in pieces:
        whole.append(piece)
        length += len(piece)
        if length > limit:
            raise too_long(limit)
    return b"".join(whole)


def too_long(limit: int) -> NotAFeed:
    """The fault for a body over ``limit`` bytes."""
    return NotAFeed(
        say("The answer is longer than {size} MB. Give the address of a feed with fewer articles.", size=limit >> 20)
    )


def _gzip(body: bytes) -> Iterator[bytes]:
    """One member or several in a row (RFC 1952, section 2.2); zero bytes after the last are padding."""
    for _ in range(_STREAMS):
        member = zlib.decompressobj(31)
        yield member.decompress(body, _STEP)
        while not member.eof and member.unconsumed_tail:
            yield member.decompress(member.unconsumed_tail, _STEP)
        while not member.eof:  # all is read, some may still be inside
            rest = member.decompress(b"", _STEP)
            if not rest:
                raise _Cut
            yield rest
        body = member.unused_data
        if not body.strip(b"\0"):
            return
    raise _Cut


def _brotli(body: bytes) -> Iterator[bytes]:
    stream = brotli.Decompressor()
    yield stream.process(body, output_buffer_limit=_STEP)
    while not stream.is_finished():
        more = stream.process(b"", output_buffer_limit=_STEP)
        if not more and stream.can_accept_more_data():
            raise _Cut
        yield more


def _zstd(body: bytes) -> Iterator[bytes]:
    for _ in range(_STREAMS):
        frame = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW).decompressobj()
        at = 0
        while not frame.eof:
            if at >= len(body):
                raise _Cut
            yield frame.decompress(body[at : at + _ZSTD_PIECE])
            at += _ZSTD_PIECE
        body = frame.unused_data + body[at:]
        if not body:
            return
    raise _Cut


_UNPACK: dict[str, Callable[[bytes], Iterator[bytes]]] = {
    "gzip": _gzip,
    "x-gzip": _gzip,
    "br": _brotli,
    "zstd": _zstd,
}
