# SPDX-License-Identifier: AGPL-3.0-or-later
"""The methods of com.atproto.server and com.atproto.identity that the look-alike PDS knows.

https://github.com/bluesky-social/atproto/tree/main/packages/pds/src/api/com/atproto/server
"""

from dataclasses import dataclass
from typing import Any

from relay.square.pds_accounts import Account, Accounts
from relay.square.pds_error import XrpcError
from relay.square.pds_limits import LOGIN, Meter
from relay.square.pds_tokens import SERVICE_DID, Sessions
from relay.square.pds_xrpc import Call, Method


@dataclass(frozen=True)
class ServerMethods:
    """Signing in with an app password, staying signed in, and what the server says of itself."""

    accounts: Accounts
    sessions: Sessions
    meter: Meter

    def queries(self) -> dict[str, Method]:
        return {
            "com.atproto.server.getSession": self.get_session,
            "com.atproto.server.describeServer": self.describe_server,
            "com.atproto.identity.resolveHandle": self.resolve_handle,
        }

    def procedures(self) -> dict[str, Method]:
        return {
            "com.atproto.server.createSession": self.create_session,
            "com.atproto.server.refreshSession": self.refresh_session,
        }

    async def create_session(self, call: Call) -> dict[str, Any]:
        body = await call.body("identifier", "password")
        call.headers.update(self.meter.spend(LOGIN, f"{body['identifier']}-{call.request.remote}"))
        account = self.accounts.named(str(body["identifier"]))
        names = [name for name, word in account.app_passwords.items() if word == body["password"]] if account else []
        # an account that was taken down cannot sign in with an app password, and is not told why
        if account is None or not names or account.status == "takendown":
            raise XrpcError("AuthenticationRequired", "Invalid identifier or password", 401)
        return {**self.sessions.open(account.did, names[0]), **_whole(account, call)}

    async def refresh_session(self, call: Call) -> dict[str, Any]:
        """The account is looked at before the token is turned over."""
        claims = self.sessions.reader(call.authorization, "refresh+jwt")
        account = self.accounts.named(claims["sub"])
        if account is None:
            raise XrpcError("InvalidRequest", f"Could not find user info for account: {claims['sub']}")
        if account.status == "takendown":
            account.check_status()
        _, tokens = self.sessions.rotate(call.authorization)
        return {**tokens, **_whole(account, call)}

    async def get_session(self, call: Call) -> dict[str, Any]:
        """An account that was taken down is not found here, though its token is good."""
        did = self.sessions.reader(call.authorization)["sub"]
        account = self.accounts.named(did)
        if account is None or account.status == "takendown":
            raise XrpcError("InvalidRequest", f"Could not find user info for account: {did}")
        return _whole(account, call)

    async def describe_server(self, call: Call) -> dict[str, Any]:
        return {"did": SERVICE_DID, "availableUserDomains": [".test"], "inviteCodeRequired": False}

    async def resolve_handle(self, call: Call) -> dict[str, Any]:
        account = self.accounts.named(call.param("handle"))
        if account is None:
            raise XrpcError("HandleNotFound", "Unable to resolve handle")
        return {"did": account.did}


def _whole(account: Account, call: Call) -> dict[str, Any]:
    return {
        "did": account.did,
        "handle": account.handle,
        "didDoc": account.document(str(call.request.url.origin())),
        "active": not account.status,
        **({"status": account.status} if account.status else {}),
    }
