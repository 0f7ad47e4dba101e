# SPDX-License-Identifier: AGPL-3.0-or-later
"""Documents that arrive damaged, mislabelled, or far bigger than they seem."""

import gzip
import zlib
from functools import cache

import brotli  # type: ignore[import-untyped]  # it has no types

from relay.square.farm.answer import Answer
from relay.square.farm.faults.fault import Fault, Scene

GIGABYTE = 1 << 30
_BLOCK = 1 << 20
_NOBODY_GETS_HERE = bytes(8)  # in place of a checksum and a length


def _truncated_gzip(scene: Scene) -> Answer:
    packed = gzip.compress(scene.whole.body, 1)
    return scene.whole.having(packed[: len(packed) // 2], Content_Encoding="gzip")


def _corrupt_gzip(scene: Scene) -> Answer:
    packed = bytearray(gzip.compress(scene.whole.body, 1))
    packed[len(packed) // 2] ^= 0xFF
    return scene.whole.having(bytes(packed), Content_Encoding="gzip")


def _not_gzip(scene: Scene) -> Answer:
    return scene.whole.having(Content_Encoding="gzip")


def _nested_gzip(scene: Scene) -> Answer:
    packed = gzip.compress(gzip.compress(scene.whole.body, 1), 1)
    return scene.whole.having(packed, Content_Encoding="gzip, gzip")


def _gzip_bomb(scene: Scene) -> Answer:
    return scene.whole.having(_packed_gigabyte(), Content_Encoding="gzip")


@cache
def _packed_gigabyte() -> bytes:
    """A megabyte of blanks, packed so that it can be repeated, a thousand times (RFC 1952, RFC 1951)."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    block = packer.compress(b" " * _BLOCK) + packer.flush(zlib.Z_FULL_FLUSH)
    header = b"\x1f\x8b\x08\0\0\0\0\0\0\xff"
    return header + block * (GIGABYTE // _BLOCK) + packer.flush(zlib.Z_FINISH) + _NOBODY_GETS_HERE


def _brotli_bomb(scene: Scene) -> Answer:
    return scene.whole.having(_brotli_gigabyte(), Content_Encoding="br")


@cache
def _brotli_gigabyte() -> bytes:
    packer = brotli.Compressor(quality=1, lgwin=24)
    blank = b" " * (16 * _BLOCK)
    packed: bytes = b"".join(packer.process(blank) for _ in range(GIGABYTE // len(blank))) + packer.finish()
    return packed


def _cut(scene: Scene) -> Answer:
    return scene.whole.having(scene.whole.body[: len(scene.whole.body) // 2])


def _wrong_charset(scene: Scene) -> Answer:
    return scene.whole.having(scene.whole.body.decode().encode("cp1252", "replace"))


def _two_charsets(scene: Scene) -> Answer:
    kind = scene.whole.headers["Content-Type"].partition(";")[0]
    return scene.whole.having(Content_Type=f"{kind}; charset=iso-8859-1")


def _utf_16(scene: Scene) -> Answer:
    return scene.whole.having(scene.whole.body.decode().encode("utf-16"))


def _wrong_type(scene: Scene) -> Answer:
    return scene.whole.having(Content_Type="text/html; charset=utf-8")


def _no_type(scene: Scene) -> Answer:
    return scene.whole.having(Content_Type="")


def _bare_ampersand(scene: Scene) -> Answer:
    return scene.whole.having(scene.whole.body.replace(b"<title>", b"<title>Vins & ", 2))


def _blank_first(scene: Scene) -> Answer:
    return scene.whole.having(b"\n  \n" + scene.whole.body)


_TRUST = "Refuses it, and does not keep the ETag that came with it."
_CAP = "Leaves at its cap of decoded bytes."

BODIES = (
    Fault("truncated-gzip", "Half of a gzip, with a valid ETag.", _TRUST, answer=_truncated_gzip, honest=True),
    Fault("corrupt-gzip", "A gzip with a flipped byte, with a valid ETag.", _TRUST, answer=_corrupt_gzip, honest=True),
    Fault("not-gzip", "Plain text called gzip.", "Takes it for an error.", answer=_not_gzip, honest=True),
    Fault("nested-gzip", "A gzip in a gzip.", "Unpacks both within its cap, or refuses.", answer=_nested_gzip),
    Fault("gzip-bomb", "1 MB that unpack to 1 GB.", _CAP, answer=_gzip_bomb),
    Fault("brotli-bomb", "200 kB of brotli, unasked, that unpack to 1 GB.", _CAP, answer=_brotli_bomb),
    Fault(
        "cut-document",
        "Half a document.",
        "Reads the whole items of it.",
        answer=_cut,
        spoilt=False,
        honest=True,
        brittle=True,
    ),
    Fault(
        "wrong-charset",
        "Calls windows-1252 UTF-8.",
        "Reads it as windows-1252.",
        answer=_wrong_charset,
        spoilt=False,
        honest=True,
        brittle=True,
    ),
    Fault(
        "two-charsets",
        "The header says ISO 8859-1, the document UTF-8, and is.",
        "Knows the articles all the same.",
        answer=_two_charsets,
        spoilt=False,
        honest=True,
    ),
    Fault(
        "utf-16",
        "UTF-16 called UTF-8.",
        "Believes the byte order mark.",
        answer=_utf_16,
        spoilt=False,
        honest=True,
        brittle=True,
    ),
    Fault("wrong-type", "A feed called text/html.", "Reads it.", answer=_wrong_type, spoilt=False, honest=True),
    Fault("no-type", "A feed without Content-Type.", "Reads it.", answer=_no_type, spoilt=False, honest=True),
    Fault(
        "bare-ampersand",
        "Ill-formed: a bare &.",
        "Reads every item.",
        answer=_bare_ampersand,
        spoilt=False,
        honest=True,
    ),
    Fault("blank-first", "Blanks before the XML.", "Reads it.", answer=_blank_first, spoilt=False, honest=True),
)
