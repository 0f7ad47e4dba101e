# SPDX-License-Identifier: AGPL-3.0-or-later
"""Unpacking bodies: whole or not at all, and never more than asked for."""

import gzip
import hashlib
import threading
import tracemalloc
import zlib
from collections.abc import Iterator

import brotli
import pytest
import zstandard

from relay.faults import FeedUnreachable, NotAFeed
from relay.feeds.http import decode as decoding
from relay.feeds.http.decode import INLINE, decode, unpack

TEXT = b"".join(b"article %d: le r\xc3\xa9cit de la journ\xc3\xa9e\n" % n for n in range(5000))
LIMIT = 10 << 20


def zstd(data: bytes) -> bytes:
    return zstandard.ZstdCompressor().compress(data)


def br(data: bytes) -> bytes:
    return brotli.compress(data, quality=5)


PACK = {"gzip": gzip.compress, "br": br, "zstd": zstd}
EACH = pytest.mark.parametrize("name", PACK)


@EACH
@pytest.mark.parametrize("size", [0, 1, 1000, len(TEXT)])
def test_what_was_packed_comes_out(name: str, size: int) -> None:
    assert decode(PACK[name](TEXT[:size]), name, LIMIT) == TEXT[:size]


@pytest.mark.parametrize("name", ["", "identity", " Identity "])
def test_what_was_not_packed_stays(name: str) -> None:
    assert decode(TEXT, name, LIMIT) == TEXT


@EACH
@pytest.mark.parametrize("lost", [1, 4, 9, 100, 500])
def test_a_stream_that_is_cut_short_is_no_success(name: str, lost: int) -> None:
    with pytest.raises(FeedUnreachable):
        decode(PACK[name](TEXT)[:-lost], name, LIMIT)


@EACH
def test_a_stream_that_was_never_packed_is_no_success(name: str) -> None:
    with pytest.raises(FeedUnreachable):
        decode(TEXT, name, LIMIT)


@pytest.mark.parametrize("name", ["gzip", "zstd"])
def test_several_members_in_a_row_are_one_body(name: str) -> None:
    assert decode(PACK[name](TEXT) + PACK[name](b"fin"), name, LIMIT) == TEXT + b"fin"


def test_zero_padding_after_gzip_is_ignored_and_anything_else_is_not() -> None:
    assert decode(gzip.compress(TEXT) + b"\0" * 512, "x-gzip", LIMIT) == TEXT
    with pytest.raises(FeedUnreachable):
        decode(gzip.compress(TEXT) + b"trailing", "gzip", LIMIT)


@pytest.mark.parametrize("name", PACK)
def test_what_follows_the_end_is_no_success(name: str) -> None:
    with pytest.raises(FeedUnreachable):
        decode(PACK[name](TEXT) + b"trailing", name, LIMIT)


@pytest.mark.parametrize("name", ["gzip", "zstd"])
def test_many_members_are_read_and_endlessly_many_are_not(name: str) -> None:
    """Each costs a copy of all that follows: 250,000 empty ones would take minutes."""
    assert decode(PACK[name](TEXT[:100]) * 160, name, LIMIT) == TEXT[:100] * 160
    with pytest.raises(FeedUnreachable):
        decode(PACK[name](b"") * 1000, name, LIMIT)


@pytest.mark.parametrize("name", ["gzip, gzip", "gzip, br", "deflate", "compress", "nonsense"])
def test_nested_and_unasked_packing_is_refused(name: str) -> None:
    with pytest.raises(FeedUnreachable):
        decode(gzip.compress(TEXT), name, LIMIT)


def _gzip_bomb() -> bytes:
    packer = zlib.compressobj(9, wbits=31)
    zeros = b"\0" * (1 << 20)
    return b"".join(packer.compress(zeros) for _ in range(100)) + packer.flush()


BOMBS = {
    "gzip": _gzip_bomb,
    "br": lambda: brotli.compress(b"\0" * (100 << 20), quality=3),
    "zstd": lambda: zstd(b"\0" * (200 << 20)),
}


@EACH
def test_a_bomb_costs_little_more_than_the_limit(name: str) -> None:
    bomb = BOMBS[name]()
    tracemalloc.start()
    try:
        with pytest.raises(NotAFeed):
            decode(bomb, name, LIMIT)
        assert tracemalloc.get_traced_memory()[1] < 5 * LIMIT
    finally:
        tracemalloc.stop()


@EACH
def test_the_limit_is_exact(name: str) -> None:
    assert len(decode(PACK[name](TEXT), name, len(TEXT))) == len(TEXT)
    with pytest.raises(NotAFeed):
        decode(PACK[name](TEXT), name, len(TEXT) - 1)


@pytest.fixture
def workplaces(monkeypatch: pytest.MonkeyPatch) -> list[tuple[bool, int]]:
    """For each time something was unpacked and hashed to the end: whether it held up the loop, and how much it was."""
    seen: list[tuple[bool, int]] = []
    sha256 = hashlib.sha256

    def noting(data: bytes) -> object:
        seen.append((threading.current_thread() is threading.main_thread(), len(data)))
        return sha256(data)

    monkeypatch.setattr(decoding.hashlib, "sha256", noting)
    return seen


@EACH
@pytest.mark.parametrize("size", [INLINE, INLINE + 1, LIMIT])
async def test_what_is_large_is_unpacked_and_hashed_beside_the_loop(
    name: str, size: int, workplaces: list[tuple[bool, int]]
) -> None:
    """Though what came over the wire is small."""
    packed = PACK[name](b"<" * size)
    assert len(packed) < 16_384
    assert await unpack(packed, name, LIMIT) == (b"<" * size, hashlib.sha256(b"<" * size).digest())
    assert workplaces[0] == (size <= INLINE, size)


async def test_a_large_body_that_is_not_packed_is_hashed_beside_the_loop(workplaces: list[tuple[bool, int]]) -> None:
    await unpack(b"<" * (INLINE + 1), "", LIMIT)
    assert workplaces == [(False, INLINE + 1)]


@EACH
async def test_a_bomb_is_given_up_on_the_loop_as_soon_as_it_is_known_to_be_large(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[int] = []
    bounded = decoding._bounded

    def counting(pieces: Iterator[bytes], limit: int) -> bytes:
        taken.append(0)

        def each() -> Iterator[bytes]:
            for piece in pieces:
                taken[-1] += len(piece)
                yield piece

        return bounded(each(), limit)

    monkeypatch.setattr(decoding, "_bounded", counting)
    with pytest.raises(NotAFeed):
        await unpack(PACK[name](b"\0" * (2 * LIMIT)), name, LIMIT)
    on_the_loop, beside_it = taken
    assert on_the_loop <= (8 << 20 if name == "zstd" else 2 * INLINE)  # zstd gives its blocks whole
    assert LIMIT < beside_it <= LIMIT + (8 << 20)
