# SPDX-License-Identifier: AGPL-3.0-or-later
"""What to do where no feed was read: the next step for each fault, and what to ask of the webmaster. Pure."""

import ssl
from collections.abc import Sequence

import aiohttp

from relay.faults import FeedFault, FeedGone, FeedRefused, FeedThrottled, FeedTooHeavy, FeedUnreachable
from relay.feeds.doctor.answers import Exchange
from relay.feeds.doctor.findings import Finding, must
from relay.i18n import Message, say

_CHALLENGES = (b"cf_chl", b"cf-challenge", b"just a moment...", b"captcha", b"datadome", b"_incapsula_", b"perimeterx")
_FORBIDDING = frozenset({401, 403, 406, 418, 451, 503})
_LOOKED_AT = 64 << 10


def advice(fault: FeedFault, exchanges: Sequence[Exchange], page: bytes, user_agent: str) -> Finding:
    """``page``: what came in place of a feed, if anything did; ``user_agent``: what we call ourselves."""
    what, how = fault.message, _how(fault, page, user_agent)
    if challenged(exchanges, page):
        what = say("The server keeps programs out with a test for people (a “challenge”), and feed readers with them.")
        return must("challenge", what, _let_in(user_agent))
    code = f"status-{fault.status}" if isinstance(fault, FeedRefused) else type(fault).__name__
    return must(code, what, how)


def challenged(exchanges: Sequence[Exchange], page: bytes) -> bool:
    """Whether a test for people stands before the feed."""
    last = exchanges[-1] if exchanges else None
    if last and (last.headers.get("cf-mitigated") == "challenge" or "x-datadome" in last.headers):
        return True
    start = page[:_LOOKED_AT].lower()
    return b"<html" in start and any(mark in start for mark in _CHALLENGES)


def _how(fault: FeedFault, page: bytes, user_agent: str) -> Message:
    match fault:
        case FeedRefused(status=404):
            return say("Look for the feed’s new address on the site; ask for a redirect (301) from the old one.")
        case FeedRefused(status=status) if status in _FORBIDDING:
            return _let_in(user_agent)
        case FeedRefused(status=status) if status >= 500:
            return say("The site itself is in trouble: try again later, and tell the webmaster if it stays so.")
        case FeedRefused():
            return say("Open the address in a browser; give the one that it ends at, or tell the webmaster.")
        case FeedGone():
            return say("The publisher took it away: look on the site for another feed, and add that.")
        case FeedThrottled(until=until):
            return say(
                "Wait until {time} UTC. If it happens often, ask the webmaster to allow one look a minute.",
                time=f"{until:%Y-%m-%d %H:%M}",
            )
        case FeedUnreachable():
            return _reached(fault.__cause__)
        case _:
            return _instead(page, heavy=isinstance(fault, FeedTooHeavy))


def _instead(page: bytes, *, heavy: bool) -> Message:
    """Where something came that was no feed, or too much of one, or nothing."""
    if heavy or not page.strip():
        return say("Ask the webmaster to have the newest 50 to 100 articles there, with short summaries.")
    if b"<html" in page[:_LOOKED_AT].lower():
        return say("Look on the site for a link called RSS, Atom or feed, and give that address.")
    return say("Give the address of an RSS, Atom or JSON feed; validator.w3.org/feed tells whether one is.")


def _reached(cause: BaseException | None) -> Message:
    match cause:
        case aiohttp.ClientConnectorDNSError():
            return say("Check the spelling; if the name is right, the domain may have lapsed: ask the webmaster.")
        case aiohttp.ClientConnectorCertificateError() | aiohttp.ClientSSLError() | ssl.SSLError():
            return say("Have the certificate renewed, with its whole chain, for this very host name.")
        case TimeoutError():
            return say("Try again later; if it stays slow, have the server keep the feed ready (cache it).")
        case _:
            return say("Try again later; if it stays so, tell the webmaster the time of this look.")


def _let_in(user_agent: str) -> Message:
    return say(
        "Ask the webmaster to let in, at this one address, every request whose User-Agent begins with “{name}”.",
        name=user_agent.partition("/")[0],
    )
