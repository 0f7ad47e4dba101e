# SPDX-License-Identifier: AGPL-3.0-or-later
"""Content identifiers of records and blobs: DAG-CBOR, SHA-256, base32. Pure.

https://atproto.com/specs/data-model, https://ipld.io/specs/codecs/dag-cbor/spec/ (no floats here: records have none).
"""

import base64
import hashlib
from typing import Any

_RECORD = b"\x01\x71\x12\x20"  # CIDv1, dag-cbor, sha2-256, 32 bytes
_BLOB = b"\x01\x55\x12\x20"  # CIDv1, raw


def record_cid(value: dict[str, Any]) -> str:
    """The CID of a record given in the JSON form of the data model."""
    return _text(_RECORD + hashlib.sha256(_cbor(value)).digest())


def blob_cid(data: bytes) -> str:
    """The CID of a blob."""
    return _text(_BLOB + hashlib.sha256(data).digest())


def _text(cid: bytes) -> str:
    return "b" + base64.b32encode(cid).decode().lower().rstrip("=")


def _bytes(cid: str) -> bytes:
    body = cid[1:].upper()
    return base64.b32decode(body + "=" * (-len(body) % 8))


def _head(major: int, number: int) -> bytes:
    if number < 24:
        return bytes([major << 5 | number])
    size = next(size for size in range(4) if number < 1 << (8 << size))
    return bytes([major << 5 | 24 + size]) + number.to_bytes(1 << size, "big")


def _cbor(value: Any) -> bytes:
    match value:
        case None | bool():
            return {None: b"\xf6", True: b"\xf5", False: b"\xf4"}[value]
        case int():
            return _head(0, value) if value >= 0 else _head(1, -1 - value)
        case str():
            return _head(3, len(value.encode())) + value.encode()
        case list():
            return _head(4, len(value)) + b"".join(map(_cbor, value))
        case {"$link": str(cid)}:
            link = b"\x00" + _bytes(cid)
            return b"\xd8\x2a" + _head(2, len(link)) + link
        case {"$bytes": str(text)}:
            data = base64.b64decode(text + "=" * (-len(text) % 4))
            return _head(2, len(data)) + data
        case dict():
            pairs = sorted(value.items(), key=lambda pair: (len(pair[0].encode()), pair[0].encode()))
            return _head(5, len(pairs)) + b"".join(_cbor(name) + _cbor(item) for name, item in pairs)
    raise ValueError(f"the data model has no {type(value).__name__}")
