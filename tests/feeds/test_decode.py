# SPDX-License-Identifier: AGPL-3.0-or-later
"""Unpacking bodies: whole or not at all, and never more than asked for."""

import gzip
import tracemalloc
import zlib

import brotli
import pytest
import zstandard

from relay.faults import FeedUnreachable, NotAFeed
from relay.feeds.http.decode import decode

TEXT = b"".join(b"article %d: le r\xc3\xa9cit de la journ\xc3\xa9e\n" % n for n in range(5000))
LIMIT = 10 << 20


def zstd(data: bytes) -> bytes:
    return zstandard.ZstdCompressor().compress(data)


PACK = {"gzip": gzip.compress, "br": brotli.compress, "zstd": zstd}
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


@pytest.mark.parametrize("name", ["gzip, gzip", "gzip, br", "deflate", "compress", "nonsense"])
def test_nested_and_unasked_packing_is_refused(name: str) -> None:
    with pytest.raises(FeedUnreachable):
        decode(gzip.compress(TEXT), name, LIMIT)


def _gzip_bomb() -> bytes:
    packer = zlib.compressobj(9, wbits=31)
    zeros = b"\0" * (1 << 20)
    return b"".join(packer.compress(zeros) for _ in range(200)) + packer.flush()


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
