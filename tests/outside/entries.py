# SPDX-License-Identifier: AGPL-3.0-or-later
"""Every place where an address that a person, a feed or a server supplies is contacted, and that it asks the guard.

feed       the address of a feed that is looked at                              aiohttp   relay.feeds.http.fetch
typed      what a person types to add a feed                                    aiohttp   relay.feeds.subscribe
page       the feed that a page names                                           aiohttp   relay.feeds.subscribe
redirect   where a feed's server sends us (301, 302, 303, 307, 308)             aiohttp   relay.feeds.http.fetch
hub        whom a feed names to push it (WebSub)                                aiohttp   relay.feeds.websub.asking
clock      the server whose Date the doctor reads                               aiohttp   relay.cli.ground
server     the Mastodon server a person types, for OAuth                        aiohttp   relay.networks.mastodon_oauth
approval   the same, as it was kept                                             aiohttp   relay.networks.mastodon_oauth
mastodon   an account's server                                                  requests  relay.networks.mastodon_client
bluesky    an account's service                                                 httpx     relay.networks.bluesky_session
pds        the server that a service names for an account, as it was kept       httpx     relay.networks.bluesky_session
named      the same, as the service just named it                               httpx     relay.networks.bluesky_session
hook       a channel for alerts that is told over HTTP                          requests  relay.alerts.herald
mail       a channel for alerts that is told by mail                            smtplib   relay.alerts.herald

Nothing else is contacted: no notice, card or preview fetches what it links to (test_one_door.py).
"""

import asyncio
import html
import json
from collections.abc import Awaitable, Callable, Mapping
from itertools import cycle
from types import SimpleNamespace
from urllib.parse import quote, urlsplit

from outside.internet import Internet, answer

from relay.alerts import herald
from relay.cli import ground
from relay.faults import NotAFeed
from relay.feeds.http.fetch import fetch
from relay.feeds.subscribe import find
from relay.feeds.websub import asking
from relay.i18n import say
from relay.networks import mastodon_oauth
from relay.networks.bluesky import Bluesky
from relay.networks.mastodon import Mastodon
from relay.outside import Outside
from relay.square.pds_tokens import sign

HOME = "http://example.org"
TOKEN = sign("at+jwt", {"sub": "did:plc:x", "iat": 1_700_000_000, "exp": 4_000_000_000}, "secret")

Enter = Callable[[Outside, Internet, str], Awaitable[object]]


class NoFeed:
    """A parser to whom everything is a page."""

    async def parse(self, *_: object) -> None:
        raise NotAFeed(say("This is no feed. Give the address of one."))


async def feed(outside: Outside, _: Internet, url: str) -> object:
    return await fetch(outside, url)


async def typed(outside: Outside, _: Internet, url: str) -> object:
    return await find(outside, NoFeed(), url)


async def page(outside: Outside, internet: Internet, url: str) -> object:
    link = f'<link rel="alternate" type="application/rss+xml" href="{html.escape(url)}">'
    whole = answer("200 OK", f"<html><head>{link}</head></html>".encode("utf-8", "replace"))
    internet.respond = lambda path, headers: whole if path == "/a-page" else answer()
    return await find(outside, NoFeed(), f"{HOME}/a-page")


statuses = cycle((301, 302, 303, 307, 308))


async def redirect(outside: Outside, internet: Internet, url: str) -> object:
    away = answer(f"{next(statuses)} Away", b"", b"Location: " + url.encode("utf-8", "replace"))
    internet.respond = lambda path, headers: away if path == "/away" else answer()
    return await fetch(outside, f"{HOME}/away")


async def hub(outside: Outside, _: Internet, url: str) -> object:
    return await asking.ask(outside, asking.Request(url, f"{HOME}/feed", "https://piquet.test/x", "subscribe"), 5)


async def clock(outside: Outside, _: Internet, url: str) -> object:
    return await ground.clock(SimpleNamespace(outside=outside), url)


async def server(outside: Outside, _: Internet, url: str) -> object:
    return await mastodon_oauth.register(outside, mastodon_oauth.server(url, outside.guard))


async def approval(outside: Outside, _: Internet, url: str) -> object:
    try:
        return await mastodon_oauth.register(outside, url.rstrip("/"))
    except ValueError:
        return None


async def keep(_: Mapping[str, str]) -> None:
    pass


async def mastodon(outside: Outside, _: Internet, url: str) -> object:
    try:
        network = Mastodon({"server": url.rstrip("/"), "token": "token"}, outside, keep)
    except ValueError:  # what is typed has passed the guard before, see ``server``
        return None
    try:
        return await network.verify()
    finally:
        await network.aclose()


async def bluesky(outside: Outside, _: Internet, url: str, session: str = "") -> object:
    given = {"service": url, "identifier": "desk.example", "app_password": "abcd-efgh", "session": session}
    network = Bluesky(given, outside, keep)
    try:
        return await network.verify()
    finally:
        await network.aclose()


async def pds(outside: Outside, internet: Internet, url: str) -> object:
    return await bluesky(outside, internet, HOME, f"desk.example:::did:plc:x:::{TOKEN}:::{TOKEN}:::{url}")


async def named(outside: Outside, internet: Internet, url: str) -> object:
    place = {"id": "#atproto_pds", "type": "AtprotoPersonalDataServer", "serviceEndpoint": url}
    who = {"did": "did:plc:x", "handle": "desk.example", "accessJwt": TOKEN, "refreshJwt": TOKEN}
    told = {**who, "didDoc": {"id": "did:plc:x", "service": [place]}}
    let_in = answer("200 OK", json.dumps(told).encode(), b"Content-Type: application/json")
    internet.respond = lambda path, headers: let_in if path.endswith("createSession") else answer()
    return await bluesky(outside, internet, HOME)


def told(address: str) -> str:
    errand = {"address": address, "title": "A test", "body": "by Piquet"}
    return herald._told(errand, herald._asset("Piquet"))


async def hook(_: Outside, __: Internet, url: str) -> object:
    scheme, separator, rest = url.partition("://")
    names = {"http": "json", "https": "jsons"}
    return await asyncio.to_thread(told, f"{names.get(scheme.lower(), scheme)}{separator}{rest}")


async def mail(_: Outside, __: Internet, url: str) -> object:
    try:
        host = urlsplit(url).netloc.rpartition("@")[2]
    except ValueError:
        host = url.partition("://")[2].partition("/")[0]
    options = f"smtp={quote(host)}&from=desk@example.org&to=desk@example.org"
    return await asyncio.to_thread(told, f"mailto://desk:secret@{host}/?{options}")


TYPED = (feed, typed, server)  # where a person waits for a sentence
ALOUD = (*TYPED, page, redirect, clock)  # these refuse before they look anything up
API = (approval, mastodon, bluesky, pds, named)  # these take the base of an address
ENTRIES = (*ALOUD, *API, hub, hook)
