# SPDX-License-Identifier: AGPL-3.0-or-later
"""From what a server or the network did to the fault a person reads about. Pure."""

import ssl
from collections.abc import Mapping
from datetime import datetime
from urllib.parse import urlsplit

import aiohttp

from relay.faults import FeedFault, FeedGone, FeedRefused, FeedThrottled, FeedUnreachable, Invalid
from relay.feeds.http.headers import UNSAID_WAIT, retry_at
from relay.i18n import Message, say
from relay.outside.guard import Forbidden


def refusal(address: str, status: int, headers: Mapping[str, str], now: datetime) -> FeedFault:
    """What a status that brings no feed means."""
    host = host_of(address)
    until = retry_at(headers, now)
    if status == 429 or (status == 503 and until):
        pause = say("{host} asks for a pause. The next look has to wait until it is over.", host=host)
        return FeedThrottled(pause, until or now + UNSAID_WAIT)
    if status == 410:
        return FeedGone(
            say("{host} says this feed is gone for good. Look for its new address and add that.", host=host)
        )
    return FeedRefused(
        say(
            "{host} answered with status {status} instead of the feed. Open the address in a browser to check it.",
            host=host,
            status=status,
        ),
        status,
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


def _silence(host: str, fault: Exception) -> Message:
    match fault:
        case aiohttp.ClientConnectorDNSError():
            return say("There is no server named {host}. Check the spelling of the address.", host=host)
        case aiohttp.ClientConnectorCertificateError() | aiohttp.ClientSSLError() | ssl.SSLError():
            return say("{host} has no valid certificate. Tell the feed’s publisher.", host=host)
        case aiohttp.ClientPayloadError():
            return say("The answer was cut short on its way. The next look may bring it whole.")
        case _:
            return say("{host} does not answer. Check the address, or try again later.", host=host)


def host_of(address: str) -> str:
    """The host name to show for ``address``."""
    return urlsplit(address).hostname or address
