# SPDX-License-Identifier: AGPL-3.0-or-later
"""The accounts of the look-alike PDS, found by DID or handle, and whether they may act."""

import base64
import hashlib
from dataclasses import dataclass, field
from typing import Any

from relay.square.pds_error import XrpcError
from relay.square.pds_repo import Repo


@dataclass
class Account:
    """One account. ``status``: "", ``takendown`` or ``deactivated``; ``app_passwords`` by name."""

    handle: str
    repo: Repo
    status: str = ""
    app_passwords: dict[str, str] = field(default_factory=dict)

    @property
    def did(self) -> str:
        return self.repo.did

    def check_status(self) -> None:
        """Raises what packages/pds/src/auth-verifier.ts answers for an account that may not act."""
        if self.status == "takendown":
            raise XrpcError("AccountTakedown", "Account has been taken down", 401)
        if self.status == "deactivated":
            raise XrpcError("AccountDeactivated", "Account is deactivated", 401)

    def document(self, endpoint: str) -> dict[str, Any]:
        """The DID document, naming the server where the account lives: https://atproto.com/specs/did."""
        service = {"id": "#atproto_pds", "type": "AtprotoPersonalDataServer", "serviceEndpoint": endpoint}
        return {
            "@context": ["https://www.w3.org/ns/did/v1"],
            "id": self.did,
            "alsoKnownAs": [f"at://{self.handle}"],
            "verificationMethod": [],
            "service": [service],
        }


class Accounts:
    """All accounts of one server."""

    def __init__(self) -> None:
        self._by_did: dict[str, Account] = {}

    def add(self, handle: str) -> Account:
        """A new account; its DID follows from the handle."""
        digest = base64.b32encode(hashlib.sha256(handle.encode()).digest()).decode().lower()
        account = Account(handle, Repo(f"did:plc:{digest[:24]}"))
        self._by_did[account.did] = account
        return account

    def named(self, name: str) -> Account | None:
        """The account of this DID or handle."""
        matches = (one for one in self._by_did.values() if name.lower() in (one.did, one.handle.lower()))
        return next(matches, None)

    def all(self) -> list[Account]:
        """Every account, in the order they came."""
        return list(self._by_did.values())
