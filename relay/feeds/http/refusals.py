# SPDX-License-Identifier: AGPL-3.0-or-later
"""From what a server or the network did to the fault a person reads about. Pure."""

import socket
import ssl
from collections.abc import Mapping
from datetime import datetime
from urllib.parse import urlsplit

import aiohttp

from relay.faults import FeedFault, FeedGone, FeedRefused, FeedThrottled, FeedUnreachable, Invalid, NotAFeed
from relay.feeds.http.headers import retry_at, unsaid_wait
from relay.i18n import Message, say
from relay.outside.guard import Forbidden

FOR_GOOD = frozenset({301, 308})
REDIRECTS = FOR_GOOD | {302, 303, 307}


def refusal(address: str, status: int, headers: Mapping[str, str], now: datetime, failures: int = 0) -> FeedFault:
    """What a status that brings no feed means, after so many failures in a row."""
    host = host_of(address)
    pause = asked_pause(address, status, headers, now, failures)
    if pause is not None:
        return pause
    if status == 410:
        return FeedGone(
            say("{host} says this feed is gone for good. Look for its new address and add that.", host=host)
        )
    if _wants_a_person(headers):
        return NotAFeed(
            say("{host} lets only people in, not feed readers. Ask the publisher to open the feed to them.", host=host)
        )
    return FeedRefused(
        say(
            "{host} answered with status {status} instead of the feed. Open the address in a browser to check it.",
            host=host,
            status=status,
        ),
        status,
    )


def asked_pause(
    address: str, status: int, headers: Mapping[str, str], now: datetime, failures: int = 0
) -> FeedThrottled | None:
    """The pause that the server asks for, if it does.

    That is any 429, which is meant for all that we ask of this host, and Retry-After on a 403 or 503, or on a redirect.
    There it is kept to once: a server that says so each time could never be read.
    """
    until = retry_at(headers, now)
    redirected = status in REDIRECTS
    if status != 429 and (until is None or (redirected and failures) or not (redirected or status in (403, 503))):
        return None
    return FeedThrottled(
        say("{host} asks for a pause. The next look has to wait until it is over.", host=host_of(address)),
        until or now + unsaid_wait(failures),
        host_wide=status == 429,
    )


def _wants_a_person(headers: Mapping[str, str]) -> bool:
    """Whether a wall in front of the server asks for a browser.

    https://developers.cloudflare.com/cloudflare-challenges/challenge-types/challenge-pages/detect-response/,
    https://docs.aws.amazon.com/waf/latest/developerguide/waf-captcha-and-challenge-how-it-works.html
    """
    return headers.get("cf-mitigated", "") == "challenge" or "x-amzn-waf-action" in headers


def empty(address: str) -> NotAFeed:
    """What an answer without a body means."""
    return NotAFeed(
        say("{host} sent an empty answer instead of the feed. Tell the feed’s publisher.", host=host_of(address))
    )


def too_many_redirects(address: str, most: int) -> FeedRefused:
    """What a redirect after the last one that is followed means; its status is one of our own."""
    return FeedRefused(
        say("{host} redirects more than {n} times. Give the address it ends at.", host=host_of(address), n=most), 310
    )


def too_slow(address: str, seconds: float) -> FeedFault:
    """What an answer that did not come in time means."""
    return FeedUnreachable(
        say(
            "{host} did not send the feed within {seconds} seconds. Try again later, or check the address.",
            host=host_of(address),
            seconds=round(seconds),
        )
    )


def bad_redirect(address: str, status: int) -> FeedFault:
    """What a redirect to a private, unencrypted or senseless address means."""
    host = host_of(address)
    return FeedRefused(
        say("{host} redirects to an address that is not safe to follow. Tell the feed’s publisher.", host=host), status
    )


def no_answer(address: str, fault: Exception) -> FeedFault | Invalid:
    """What a failed connection means; Invalid where the guard stopped it."""
    host, cause = host_of(address), getattr(fault, "os_error", fault)
    if isinstance(cause, Forbidden):
        return Invalid(
            say(
                "{host} lies on a private network. Give a public address, or add that network to allow_networks.",
                host=host,
            )
        )
    return FeedUnreachable(_silence(host, fault))


def no_http(address: str) -> FeedUnreachable:
    """What an answer that breaks the rules of HTTP means, or that has more headers than anyone needs."""
    return FeedUnreachable(_no_http(host_of(address)))


def _no_http(host: str) -> Message:
    return say("{host} answers in a way that breaks the rules of HTTP. Tell the feed’s publisher.", host=host)


def _silence(host: str, fault: Exception) -> Message:
    match fault:
        case aiohttp.ClientConnectorDNSError() if fault.os_error.errno == socket.EAI_AGAIN:
            return say("The name {host} cannot be looked up at the moment. Check it, or try again later.", host=host)
        case aiohttp.ClientConnectorDNSError():
            return say("There is no server named {host}. Check the spelling of the address.", host=host)
        case aiohttp.ClientConnectorCertificateError() | aiohttp.ClientSSLError() | ssl.SSLError():
            return say("{host} has no valid certificate. Tell the feed’s publisher.", host=host)
        case aiohttp.ClientResponseError():
            return _no_http(host)
        case aiohttp.ClientPayloadError():
            return say("The answer was cut short on its way. The next look may bring it whole.")
        case _:
            return say("{host} does not answer. Check the address, or try again later.", host=host)


def host_of(address: str) -> str:
    """The host name to show for ``address``."""
    return urlsplit(address).hostname or address
