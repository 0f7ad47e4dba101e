# SPDX-License-Identifier: AGPL-3.0-or-later
"""One account's records and blobs, with the compare-and-swap of the reference PDS.

https://github.com/bluesky-social/atproto/tree/main/packages/pds/src/api/com/atproto/repo
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from relay.clock import stopwatch
from relay.networks import tid
from relay.square.pds_cid import blob_cid, record_cid
from relay.square.pds_error import XrpcError
from relay.square.pds_lexicon import check, check_key

Where = tuple[str, str]
MISSING: Any = object()
MOST_BLOB_BYTES = 5 * 1024 * 1024

_MAGIC = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg", b"GIF8": "image/gif"}


@dataclass(frozen=True)
class Stored:
    """A record as it lies in the repository; ``arrived`` on our stopwatch, in seconds."""

    cid: str
    value: dict[str, Any]
    arrived: float


@dataclass(frozen=True)
class Blob:
    """An uploaded file; ``type`` is what its bytes say, else what the sender said."""

    data: bytes = field(repr=False)
    type: str

    @property
    def ref(self) -> dict[str, Any]:
        """How a record names it."""
        return {
            "$type": "blob",
            "ref": {"$link": blob_cid(self.data)},
            "mimeType": self.type,
            "size": len(self.data),
        }


@dataclass
class Repo:
    """Records by (collection, rkey), and blobs by CID; ``writes`` counts the commits."""

    did: str
    records: dict[Where, Stored] = field(default_factory=dict)
    blobs: dict[str, Blob] = field(default_factory=dict)
    writes: int = 0
    _last_key: int = 0

    def uri(self, where: Where) -> str:
        """The record's at:// address."""
        return f"at://{self.did}/{where[0]}/{where[1]}"

    def next_key(self, now: datetime) -> str:
        """A key of the server's own making, later than the last one."""
        self._last_key = max(self._last_key + 1, int(now.timestamp() * 1_000_000))
        return tid.encode(self._last_key, 0)

    def create(self, where: Where, value: dict[str, Any]) -> dict[str, Any]:
        """createRecord. An existing key is a plain 500 in the reference, whatever the content."""
        value = self._checked(where, value)
        if where in self.records:
            raise XrpcError("InternalServerError", "Internal Server Error", 500)
        return self._store(where, value)

    def put(self, where: Where, value: dict[str, Any], swap: Any = MISSING) -> dict[str, Any]:
        """putRecord: the identical record is a no-op, ahead of any swap; ``swap`` None means only if there is none."""
        value = self._checked(where, value)
        cid, there = record_cid(value), self.records.get(where)
        if there is not None and there.cid == cid:
            return {"uri": self.uri(where), "cid": cid, "validationStatus": "valid"}
        self._compare(there, swap)
        return self._store(where, value)

    def delete(self, where: Where, swap: Any = MISSING) -> bool:
        """deleteRecord; whether there was one."""
        there = self.records.get(where)
        if there is None:
            return False
        self._compare(there, swap)
        del self.records[where]
        self.writes += 1
        return True

    def upload(self, data: bytes, said: str) -> dict[str, Any]:
        """uploadBlob. Raises XrpcError PayloadTooLarge (413)."""
        if len(data) > MOST_BLOB_BYTES:
            raise XrpcError("PayloadTooLarge", "request entity too large", 413)
        sniffed = next((kind for magic, kind in _MAGIC.items() if data.startswith(magic)), said)
        blob = Blob(data, sniffed)
        self.blobs[blob_cid(data)] = blob
        return blob.ref

    def public_blob(self, cid: str) -> Blob:
        """getBlob: only what a record refers to is public."""
        if not any(ref["ref"]["$link"] == cid for stored in self.records.values() for ref in _refs(stored.value)):
            raise XrpcError("BlobNotFound", "Blob not found")
        return self.blobs[cid]

    def _checked(self, where: Where, value: dict[str, Any]) -> dict[str, Any]:
        value = {**value, "$type": value.get("$type", where[0])}
        check_key(*where)
        check(where[0], value)
        for ref in _refs(value):
            self._check_blob(ref)
        return value

    def _check_blob(self, ref: dict[str, Any]) -> None:
        blob = self.blobs.get(ref["ref"]["$link"])
        if blob is None:
            raise XrpcError("BlobNotFound", f"Could not find blob: {ref['ref']['$link']}")
        if ref.get("mimeType") != blob.type:
            raise XrpcError("InvalidMimeType", f"Referenced Mimetype does not match stored blob. Expected: {blob.type}")
        if ref.get("size") != len(blob.data):
            raise XrpcError("InvalidSize", f"Referenced Size does not match stored blob. Expected: {len(blob.data)}")

    def _compare(self, there: Stored | None, swap: Any) -> None:
        if swap is not MISSING and swap != (there.cid if there else None):
            raise XrpcError("InvalidSwap", f"Record was at {there.cid if there else 'null'}")

    def _store(self, where: Where, value: dict[str, Any]) -> dict[str, Any]:
        stored = Stored(record_cid(value), value, stopwatch())
        self.records[where] = stored
        self.writes += 1
        commit = {"cid": stored.cid, "rev": f"{self.writes:013d}"}
        return {"uri": self.uri(where), "cid": stored.cid, "commit": commit, "validationStatus": "valid"}


def _refs(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        if value.get("$type") == "blob" and "ref" in value:
            yield value
        else:
            for item in value.values():
                yield from _refs(item)
    elif isinstance(value, list):
        for item in value:
            yield from _refs(item)
