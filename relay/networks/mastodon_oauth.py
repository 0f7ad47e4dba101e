# SPDX-License-Identifier: AGPL-3.0-or-later
"""Connecting a Mastodon account from the terminal: the person approves on the server's own page and pastes a code.

    registration = await register(outside, server("@desk@mastodon.social", outside.guard))
    asked = authorisation(outside, registration)  # show asked.url, have the code typed
    given = await exchange(outside, registration, asked, code)

https://docs.joinmastodon.org/spec/oauth/ · our own, since Mastodon.py's follows redirects and knows no PKCE.
"""

import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from urllib.parse import urlencode, urlsplit

import aiohttp

from relay.faults import Invalid, Unreachable
from relay.i18n import say
from relay.networks.scrub import scrub
from relay.outside import Outside
from relay.outside.guard import Guard, nearby, unencrypted

OUT_OF_BAND = "urn:ietf:wg:oauth:2.0:oob"  # the server shows the code instead of redirecting
# write:accounts only because pinning asks for it: https://docs.joinmastodon.org/methods/statuses/#pin
SCOPES = ("profile", "read:statuses", "read:notifications", "write:statuses", "write:media", "write:accounts")
_BEFORE_4_3 = ("read:accounts", *SCOPES[1:])  # where nobody knows "profile" yet
_LONGEST = 64 * 1024  # bytes of an answer


@dataclass(frozen=True)
class Registration:
    """Piquet as an app of one server; made once for a server and kept."""

    server: str
    client_id: str
    client_secret: str = field(repr=False)
    redirect: str = OUT_OF_BAND
    scopes: tuple[str, ...] = SCOPES


@dataclass(frozen=True)
class Asked:
    """An authorisation asked for: the page to open, and what proves later that it was us who asked."""

    url: str
    state: str = field(repr=False)
    verifier: str = field(repr=False)


def server(typed: str, guard: Guard) -> str:
    """The base URL of the server a person means: ``mastodon.social``, its address, or ``@me@mastodon.social``.

    Plain http is for hosts that only the guard's allowed networks reach. Raises Invalid.
    """
    text = typed.strip()
    scheme, slashes, rest = text.partition("://")
    name = (rest if slashes else text).partition("/")[0].rpartition("@")[2].lower()
    bare = name.partition(":")[0]
    foreign = slashes and scheme.lower() not in ("http", "https")
    if foreign or any(c.isspace() for c in name) or ("." not in bare and bare != "localhost"):
        raise Invalid(say("{typed} names no server. Give one such as mastodon.social.", typed=typed))
    plain = nearby(bare)
    if scheme == "http" and slashes and not plain:
        raise Invalid(unencrypted(typed))
    url = f"{'http' if plain and scheme != 'https' else 'https'}://{name}"
    guard.check(url)
    return url


async def register(
    outside: Outside, server: str, name: str = "Piquet", website: str = "", redirects: tuple[str, ...] = (OUT_OF_BAND,)
) -> Registration:
    """Make Piquet known to the server. Raises Invalid if it is no Mastodon server, Unreachable if nobody answers."""
    for scopes in (SCOPES, _BEFORE_4_3):
        asked = {"client_name": name, "redirect_uris": "\n".join(redirects), "scopes": " ".join(scopes)}
        if website:
            asked["website"] = website
        status, told = await _post(outside, f"{server}/api/v1/apps", asked)
        if status == 200 and told.get("client_id") and told.get("client_secret"):
            client_id, client_secret = str(told["client_id"]), str(told["client_secret"])
            return Registration(server, client_id, client_secret, redirects[0], scopes)
        if status not in (400, 422):
            break
    host = urlsplit(server).netloc
    raise Invalid(say("{host} does not answer as a Mastodon server. Check its name.", host=host))


def authorisation(outside: Outside, registration: Registration) -> Asked:
    """The page on which the person approves. PKCE always: servers that do not know it ignore it."""
    state, verifier = outside.ids(), outside.ids() + outside.ids()  # 64 characters of 43 to 128
    challenge = urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    query = {
        "response_type": "code",
        "client_id": registration.client_id,
        "redirect_uri": registration.redirect,
        "scope": " ".join(registration.scopes),
        "state": state,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
        "force_login": "true",  # who is signed in as somebody else gets the choice
    }
    return Asked(f"{registration.server}/oauth/authorize?{urlencode(query)}", state, verifier)


async def exchange(outside: Outside, registration: Registration, asked: Asked, code: str) -> dict[str, str]:
    """The credentials that ``Mastodon`` is given, for the code that was pasted.

    Raises Invalid if the server does not take the code, Unreachable if it does not answer.
    """
    proof = {
        "grant_type": "authorization_code",
        "code": code.strip(),
        "client_id": registration.client_id,
        "client_secret": registration.client_secret,
        "redirect_uri": registration.redirect,
        "code_verifier": asked.verifier,
    }
    status, told = await _post(outside, f"{registration.server}/oauth/token", proof)
    token = told.get("access_token")
    if status != 200 or not isinstance(token, str) or not token:
        reason = str(told.get("error_description") or told.get("error") or status)
        reason = scrub(reason, (registration.client_secret, asked.verifier, code.strip()))
        raise Invalid(say("The server does not take the code: {reason} Ask for a new one.", reason=reason))
    return {
        "server": registration.server,
        "token": token,
        "client_id": registration.client_id,
        "client_secret": registration.client_secret,
    }


async def revoke(outside: Outside, given: Mapping[str, str]) -> None:
    """Give the token back; one that is already gone is a success. Raises Unreachable, Invalid."""
    proof = {name: given.get(name, "") for name in ("client_id", "client_secret", "token")}
    status, _ = await _post(outside, f"{given['server']}/oauth/revoke", proof)
    if status != 200:
        host = urlsplit(given["server"]).netloc
        raise Invalid(say("{host} did not revoke the token. Revoke Piquet in the account’s settings.", host=host))


async def _post(outside: Outside, url: str, form: Mapping[str, str]) -> tuple[int, Mapping[str, object]]:
    headers = {"Accept": "application/json", "Accept-Encoding": "identity"}
    post = outside.http.session.post(url, data=form, headers=headers, allow_redirects=False)  # a token never travels on
    try:
        async with post as answer:
            status, body = answer.status, await answer.content.read(_LONGEST)
    except (aiohttp.ClientError, OSError, TimeoutError):
        status, body = 0, b""
    if not status or status >= 500:
        host = urlsplit(url).netloc
        raise Unreachable(say("{host} cannot be reached. Check the name and the connection, try again.", host=host))
    try:
        told = json.loads(body)
    except ValueError:
        told = None
    return status, told if isinstance(told, dict) else {}
