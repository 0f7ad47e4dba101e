# SPDX-License-Identifier: AGPL-3.0-or-later
"""One look at a feed's address over HTTP: conditional, bounded, redirects by hand, every hop through the guard."""

import asyncio
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import urldefrag, urljoin, urlsplit

import aiohttp

from relay.faults import FeedRefused, Invalid
from relay.feeds.http.answers import LIMITS, NOTHING, Fetched, Limits, Memory
from relay.feeds.http.decode import ACCEPTED, decode, too_long
from relay.feeds.http.headers import fresh_for, validator
from relay.feeds.http.refusals import bad_redirect, host_of, no_answer, refusal, too_slow
from relay.i18n import say
from relay.outside import Outside

_ACCEPT = "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, */*;q=0.8"
_MOVED = frozenset({301, 302, 303, 307, 308})
_FOR_GOOD = frozenset({301, 308})
_WHOLE = frozenset({200, 203})


async def fetch(outside: Outside, address: str, memory: Memory = NOTHING, limits: Limits = LIMITS) -> Fetched:
    """Look at ``address`` once.

    Raises Invalid if the guard refuses the address itself, and a FeedFault for everything else that can go wrong.
    """
    outside.guard.check(address)
    try:
        async with asyncio.timeout(limits.total):
            return await _follow(outside, address, memory, limits)
    except TimeoutError as fault:
        raise too_slow(address, limits.total) from fault


@dataclass(frozen=True)
class _Hop:
    status: int
    target: str


async def _follow(outside: Outside, address: str, memory: Memory, limits: Limits) -> Fetched:
    here, for_good = urldefrag(address).url, True
    for hop in range(limits.hops + 1):
        answer = await _ask(outside, here, memory, limits)
        if isinstance(answer, Fetched):
            return replace(answer, moved_to=here if hop and for_good else "")
        for_good = for_good and answer.status in _FOR_GOOD
        here = _next_hop(outside, here, answer)
    raise FeedRefused(
        say(
            "{host} redirects more than {n} times. Give the address it ends at.",
            host=host_of(address),
            n=limits.hops,
        ),
        status=310,
    )


async def _ask(outside: Outside, address: str, memory: Memory, limits: Limits) -> Fetched | _Hop:
    timeout = aiohttp.ClientTimeout(total=None, sock_connect=limits.connect)
    headers = _request(outside.user_agent, memory)
    try:
        async with outside.http.session.get(address, headers=headers, allow_redirects=False, timeout=timeout) as answer:
            if answer.status in _MOVED:
                return _Hop(answer.status, answer.headers.get("Location", "").strip())
            if answer.status == 304 and (memory.etag or memory.last_modified):
                return _unchanged(address, answer.headers, memory)
            if answer.status not in _WHOLE:
                raise refusal(address, answer.status, answer.headers, outside.clock.now())
            return _taken(address, answer.headers, await _read(answer, limits), memory)
    except aiohttp.ServerTimeoutError as fault:
        raise too_slow(address, limits.connect) from fault
    except (aiohttp.ClientError, OSError, ValueError) as fault:
        raise no_answer(address, fault) from fault


def _request(user_agent: str, memory: Memory) -> dict[str, str]:
    headers = {"User-Agent": user_agent, "Accept": _ACCEPT, "Accept-Encoding": ACCEPTED}
    if memory.etag:
        headers["If-None-Match"] = memory.etag
    if memory.last_modified:
        headers["If-Modified-Since"] = memory.last_modified
    return headers


async def _read(answer: aiohttp.ClientResponse, limits: Limits) -> bytes:
    wire = bytearray()
    async for chunk in answer.content.iter_chunked(1 << 16):
        wire += chunk
        if len(wire) > limits.wire:
            raise too_long(limits.wire)
    return decode(bytes(wire), answer.headers.get("Content-Encoding", ""), limits.decoded)


def _unchanged(address: str, headers: Mapping[str, str], memory: Memory) -> Fetched:
    """A 304 renews the validators it repeats and leaves the others (RFC 9111, section 4.3.4)."""
    kept = replace(
        memory,
        etag=validator(headers, "ETag") or memory.etag,
        last_modified=validator(headers, "Last-Modified") or memory.last_modified,
    )
    return Fetched(address, kept, unchanged=True, fresh_for=fresh_for(headers))


def _taken(address: str, headers: Mapping[str, str], body: bytes, memory: Memory) -> Fetched:
    """A whole answer replaces the validators as a pair: one it does not send is forgotten."""
    digest = hashlib.sha256(body).digest()
    return Fetched(
        address,
        Memory(validator(headers, "ETag"), validator(headers, "Last-Modified"), digest),
        unchanged=digest == memory.body_hash,
        body=body,
        content_type=headers.get("Content-Type", ""),
        fresh_for=fresh_for(headers),
    )


def _next_hop(outside: Outside, here: str, hop: _Hop) -> str:
    """Where the redirect leads, if the guard lets us and https stays https."""
    try:
        target = urldefrag(urljoin(here, hop.target)).url
        outside.guard.check(target)
    except (Invalid, ValueError) as fault:
        raise bad_redirect(here, hop.status) from fault
    if not hop.target or (urlsplit(here).scheme == "https" and urlsplit(target).scheme == "http"):
        raise bad_redirect(here, hop.status)
    return target
