# SPDX-License-Identifier: AGPL-3.0-or-later
"""Secrets at rest: AES-256-GCM, the key outside the database, every ciphertext bound to its row.

The bound name is authenticated (AAD), so that a sealed token copied to another row does not open there
(NIST SP 800-38D; https://cryptography.io/en/latest/hazmat/primitives/aead/).
"""

import base64
import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from relay.faults import Unusable
from relay.i18n import say

KEY_BYTES = 32
_NONCE = 12
_VERSION = b"\x01"


class Seal:
    """Seals and opens credentials; ``key`` is 32 bytes."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    def close(self, given: Mapping[str, str], row: str) -> bytes:
        """Seal ``given`` for ``row``, for example ``account/17/credentials``."""
        nonce = secrets.token_bytes(_NONCE)
        plain = json.dumps(dict(given), separators=(",", ":")).encode()
        return _VERSION + nonce + self._cipher.encrypt(nonce, plain, row.encode())

    def open(self, sealed: bytes, row: str) -> dict[str, str]:
        """Open what was sealed for ``row``.

        Raises Unusable if the key is another one or the ciphertext belongs to another row.
        """
        try:
            nonce, body = sealed[1 : 1 + _NONCE], sealed[1 + _NONCE :]
            opened: dict[str, str] = json.loads(self._cipher.decrypt(nonce, body, row.encode()))
        except (InvalidTag, ValueError) as cause:
            raise Unusable(
                say("The key does not open the stored credentials: bring back the right key file, or connect again.")
            ) from cause
        return opened


def key(path: Path, *, make: bool) -> bytes:
    """The 32-byte key in the 0600 file at ``path``; with ``make``, a missing one is written.

    Raises Unusable with what to do where there is no good key.
    """
    if not path.exists():
        if not make:
            raise Unusable(
                say(
                    "The key file {path} is missing: copy it from the machine where the accounts were connected, or "
                    "bring it back from where you keep it.",
                    path=path,
                )
            )
        _write(path, secrets.token_bytes(KEY_BYTES))
    if path.stat().st_mode & 0o077:
        raise Unusable(say("The key file {path} can be read by others: run “chmod 600 {path}”.", path=path))
    try:
        raw = base64.b64decode(path.read_text().strip(), validate=True)
    except ValueError:  # not base64, or not even text
        raw = b""
    if len(raw) != KEY_BYTES:
        raise Unusable(say("The key file {path} holds no key: bring back the right one.", path=path))
    return raw


def _write(path: Path, raw: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(base64.b64encode(raw).decode() + "\n")
            file.flush()
            os.fsync(handle)  # what it seals is committed after it, and must not outlast it
    except OSError as cause:
        raise Unusable(
            say("The key file {path} cannot be written ({why}): choose another folder.", path=path, why=cause.strerror)
        ) from cause
