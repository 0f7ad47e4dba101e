# SPDX-License-Identifier: AGPL-3.0-or-later
"""The look-alike's OAuth: apps, the page where a person approves, codes, tokens. https://docs.joinmastodon.org/spec/oauth/"""

import hashlib
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from html import escape
from itertools import count
from urllib.parse import urlencode

from aiohttp import web

from relay.square.mastodon_api import fields
from relay.square.mastodon_state import ALL, Instance, No

OOB = "urn:ietf:wg:oauth:2.0:oob"


@dataclass(frozen=True)
class App:
    """A registered client."""

    id: str
    secret: str
    scopes: frozenset[str]
    redirects: tuple[str, ...]


@dataclass(frozen=True)
class Grant:
    """An approval waiting behind its code."""

    app: App
    account: str
    scopes: frozenset[str]
    redirect: str
    challenge: str


@dataclass
class OAuth:
    """Handlers over one instance."""

    instance: Instance
    address: Callable[[], str]
    apps: dict[str, App] = field(default_factory=dict)
    grants: dict[str, Grant] = field(default_factory=dict)
    _numbers: "count[int]" = field(default_factory=lambda: count(1))

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/api/v1/apps", self.register),
            web.get("/.well-known/oauth-authorization-server", self.metadata),
            web.get("/oauth/authorize", self.ask),
            web.post("/oauth/authorize", self.approve),
            web.post("/oauth/token", self.token),
            web.post("/oauth/revoke", self.revoke),
        ]

    async def register(self, request: web.Request) -> web.Response:
        """Several redirect addresses come as a list or by lines: https://docs.joinmastodon.org/methods/apps/#create"""
        asked = await fields(request)
        redirects = tuple(line for value in asked.get("redirect_uris", []) for line in value.split())
        if not asked.get("client_name", [""])[0] or not redirects:
            raise No(422, "Validation failed: Name can't be blank, Redirect URI can't be blank")
        if not all(self._knows(scope) for scope in _scopes(asked)):
            raise No(422, "Validation failed: Scopes doesn't match configured on the server.")
        number = next(self._numbers)
        app = App(f"client-{number}", f"app-s3cret-{number}", _scopes(asked), redirects)
        self.apps[app.id] = app
        return web.json_response(
            {
                "id": str(number),
                "name": asked["client_name"][0],
                "website": asked.get("website", [""])[0] or None,
                "scopes": sorted(app.scopes),
                "redirect_uris": list(redirects),
                "redirect_uri": "\n".join(redirects),
                "client_id": app.id,
                "client_secret": app.secret,
                "client_secret_expires_at": 0,
            }
        )

    def _knows(self, scope: str) -> bool:
        """https://docs.joinmastodon.org/api/oauth-scopes/#list-of-scopes (profile since 4.3)"""
        return scope.partition(":")[0] in ALL and (scope != "profile" or self.instance.dialect.profile_scope)

    async def metadata(self, request: web.Request) -> web.Response:
        address = self.address()
        return web.json_response(
            {
                "issuer": f"{address}/",
                "authorization_endpoint": f"{address}/oauth/authorize",
                "token_endpoint": f"{address}/oauth/token",
                "revocation_endpoint": f"{address}/oauth/revoke",
                "app_registration_endpoint": f"{address}/api/v1/apps",
                "code_challenge_methods_supported": ["S256"],
                "grant_types_supported": ["authorization_code", "client_credentials"],
            }
        )

    async def ask(self, request: web.Request) -> web.Response:
        """The page on which a person chooses an account and approves."""
        self._grant(request.query, account="")
        hidden = "".join(
            f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">'
            for name, value in request.query.items()
        )
        people = "".join(
            f'<option value="{escape(account.id)}">@{escape(account.name)}</option>'
            for account in self.instance.accounts.values()
        )
        page = f'<form method="post">{hidden}<select name="account">{people}</select><button>Authorize</button></form>'
        return web.Response(text=page, content_type="text/html")

    async def approve(self, request: web.Request) -> web.Response:
        asked = {name: str(value) for name, value in (await request.post()).items()}
        if asked.get("account") not in self.instance.accounts:
            raise No(401, "This method requires an authenticated user")
        grant = self._grant(asked, asked["account"])
        code = f"c0de-{next(self._numbers)}"
        self.grants[code] = grant
        if grant.redirect == OOB:
            return web.Response(text=f'<input class="oauth-code" readonly value="{code}">', content_type="text/html")
        answer = {"code": code} | ({"state": asked["state"]} if "state" in asked else {})
        raise web.HTTPFound(f"{grant.redirect}?{urlencode(answer)}")

    def _grant(self, asked: Mapping[str, str], account: str) -> Grant:
        app = self.apps.get(asked.get("client_id", ""))
        if app is None:
            raise No(401, "Client authentication failed due to unknown client.")
        scopes = frozenset(asked.get("scope", "read").split())
        redirect, challenge = asked.get("redirect_uri", ""), asked.get("code_challenge", "")
        if redirect not in app.redirects:
            raise No(400, "The redirect URI included is not valid.")
        if asked.get("response_type") != "code":
            raise No(400, "The authorization server does not support this response type.")
        if not scopes <= app.scopes:  # https://docs.joinmastodon.org/methods/oauth/#authorize
            raise No(400, "The requested scope is invalid, unknown, or malformed.")
        if challenge and asked.get("code_challenge_method") != "S256":
            raise No(400, "The code challenge method must be S256.")
        return Grant(app, account, scopes, redirect, challenge)

    async def token(self, request: web.Request) -> web.Response:
        asked = {name: values[0] for name, values in (await fields(request)).items()}
        app = self.apps.get(asked.get("client_id", ""))
        if app is None or asked.get("client_secret") != app.secret:
            return _denied(401, "invalid_client", "Client authentication failed.")
        if asked.get("grant_type") == "client_credentials":
            return web.json_response(self._issued("", app.scopes))
        if asked.get("grant_type") != "authorization_code":  # the password grant is gone since 4.4
            return _denied(400, "unsupported_grant_type", "The authorization grant type is not supported.")
        grant = self.grants.pop(asked.get("code", ""), None)  # a code works once
        if (
            grant is None
            or grant.app != app
            or grant.redirect != asked.get("redirect_uri")
            or not _proven(grant, asked)
        ):
            return _denied(400, "invalid_grant", "The provided authorization grant is invalid, expired, or revoked.")
        return web.json_response(self._issued(grant.account, grant.scopes))

    def _issued(self, account: str, scopes: frozenset[str]) -> dict[str, object]:
        token = f"t0ken-{next(self._numbers)}-of-the-square"
        self.instance.tokens[token] = (account, scopes)
        now = int(self.instance.clock.now().timestamp())
        return {"access_token": token, "token_type": "Bearer", "scope": " ".join(sorted(scopes)), "created_at": now}

    async def revoke(self, request: web.Request) -> web.Response:
        """200 even if the token is gone already: https://docs.joinmastodon.org/methods/oauth/#revoke"""
        asked = {name: values[0] for name, values in (await fields(request)).items()}
        app = self.apps.get(asked.get("client_id", ""))
        if app is None or asked.get("client_secret") != app.secret:
            return _denied(403, "unauthorized_client", "You are not authorized to revoke this token")
        self.instance.tokens.pop(asked.get("token", ""), None)
        return web.json_response({})


def _scopes(asked: Mapping[str, list[str]]) -> frozenset[str]:
    return frozenset(" ".join(asked.get("scopes", ["read"])).split())


def _proven(grant: Grant, asked: Mapping[str, str]) -> bool:
    """https://www.rfc-editor.org/rfc/rfc7636#section-4.6"""
    if not grant.challenge:
        return True
    digest = hashlib.sha256(asked.get("code_verifier", "").encode()).digest()
    return urlsafe_b64encode(digest).rstrip(b"=").decode() == grant.challenge


def _denied(status: int, error: str, description: str) -> web.Response:
    return web.json_response({"error": error, "error_description": description}, status=status)
