# SPDX-License-Identifier: AGPL-3.0-or-later
"""Sessions of the look-alike PDS: the JWTs and the rotation of the reference one.

https://github.com/bluesky-social/atproto/blob/main/packages/pds/src/account-manager/helpers/auth.ts: access 120 min,
refresh 90 days, a used refresh token lives on for two hours and always gives the same next one.
"""

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass, field
from typing import Any

from relay.clock import Clock
from relay.square.pds_error import XrpcError

ACCESS_SECONDS, REFRESH_SECONDS, GRACE_SECONDS = 120 * 60, 90 * 86_400, 2 * 3600
APP_PASSWORD, REFRESH = "com.atproto.appPass", "com.atproto.refresh"
SERVICE_DID = "did:web:localhost"


@dataclass
class Refresh:
    """One refresh token as the server remembers it."""

    did: str
    app_password: str
    ends: float
    following: str = ""


@dataclass
class Sessions:
    """Issues, reads, rotates and revokes. ``clock`` is the one that clients compare ``exp`` with."""

    clock: Clock
    secret: str
    known: dict[str, Refresh] = field(default_factory=dict)
    _count: int = 0

    def open(self, did: str, app_password: str, jti: str = "") -> dict[str, str]:
        """A new pair of tokens, ``{"accessJwt", "refreshJwt"}``."""
        now = self.clock.now().timestamp()
        jti = jti or self._next(did)
        self.known.setdefault(jti, Refresh(did, app_password, now + REFRESH_SECONDS))
        claims = {"aud": SERVICE_DID, "sub": did, "iat": int(now)}
        access = {"scope": APP_PASSWORD, **claims, "exp": int(now) + ACCESS_SECONDS}
        refresh = {"scope": REFRESH, **claims, "jti": jti, "exp": int(now) + REFRESH_SECONDS}
        return {
            "accessJwt": sign("at+jwt", access, self.secret),
            "refreshJwt": sign("refresh+jwt", refresh, self.secret),
        }

    def reader(self, authorization: str, kind: str = "at+jwt") -> dict[str, Any]:
        """The claims of a bearer token. Raises XrpcError AuthMissing (401), ExpiredToken or InvalidToken (400)."""
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise XrpcError("AuthMissing", "Authentication Required", 401)
        claims = self._claims(token, kind)
        if claims["exp"] <= self.clock.now().timestamp():
            raise XrpcError("ExpiredToken", "Token has expired")
        return claims

    def rotate(self, authorization: str) -> tuple[str, dict[str, str]]:
        """The DID and a new pair for a refresh token. Raises XrpcError ExpiredToken (400) for a revoked one."""
        claims = self.reader(authorization, "refresh+jwt")
        token = self.known.get(claims["jti"])
        now = self.clock.now().timestamp()
        if token is None or token.ends <= now:
            raise XrpcError("ExpiredToken", "Token has been revoked")
        token.ends = min(token.ends, now + GRACE_SECONDS)
        token.following = token.following or self._next(token.did)
        return token.did, self.open(token.did, token.app_password, token.following)

    def revoke(self, did: str, app_password: str) -> None:
        """Forget the sessions an app password opened; their access tokens live on until they run out."""
        gone = [jti for jti, token in self.known.items() if (token.did, token.app_password) == (did, app_password)]
        for jti in gone:
            del self.known[jti]

    def _next(self, did: str) -> str:
        self._count += 1
        return hashlib.sha256(f"{did} {self._count}".encode()).hexdigest()

    def _claims(self, token: str, kind: str) -> dict[str, Any]:
        try:
            head, body, _ = token.split(".")
            claims = json.loads(_unpack(body))
            good = (
                hmac.compare_digest(token, sign(kind, claims, self.secret)) and json.loads(_unpack(head))["typ"] == kind
            )
        except (ValueError, KeyError):
            good = False
        if not good:
            raise XrpcError("InvalidToken", "Token could not be verified")
        return dict(claims)


def sign(kind: str, claims: dict[str, Any], secret: str) -> str:
    """A JWT signed with HS256: https://www.rfc-editor.org/rfc/rfc7519."""
    head = _pack(json.dumps({"typ": kind, "alg": "HS256"}, separators=(",", ":")).encode())
    body = _pack(json.dumps(claims, separators=(",", ":")).encode())
    seal = hmac.digest(secret.encode(), f"{head}.{body}".encode(), "sha256")
    return f"{head}.{body}.{_pack(seal)}"


def _pack(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _unpack(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
