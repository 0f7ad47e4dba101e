# SPDX-License-Identifier: AGPL-3.0-or-later
"""One look at a feed's address over HTTP: conditional, bounded, redirects by hand, every hop through the guard.

Most looks end with “304 Not Modified”, and an instance takes thousands of them a second: that way is kept short.
"""

import asyncio
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote, urldefrag, urljoin, urlsplit

import aiohttp

from relay.faults import Invalid
from relay.feeds.http.answers import LIMITS, NOTHING, Fetched, Limits, Memory
from relay.feeds.http.decode import ACCEPTED, too_long, unpack
from relay.feeds.http.headers import fresh_for, validator
from relay.feeds.http.refusals import (
    FOR_GOOD,
    REDIRECTS,
    asked_pause,
    bad_redirect,
    empty,
    no_answer,
    no_http,
    refusal,
    too_many_redirects,
    too_slow,
)
from relay.feeds.websub.discovery import Announced, in_headers
from relay.outside import Outside

_ACCEPT = "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, */*;q=0.8"
_WHOLE = frozenset({200, 203})
_LONGEST_ADDRESS = 2000
_NOBODY = Announced()
_NOT_QUOTED = "".join(map(chr, range(33, 127)))


async def fetch(
    outside: Outside, address: str, memory: Memory = NOTHING, limits: Limits = LIMITS, *, failures: int = 0
) -> Fetched:
    """Look at ``address`` once, after so many failures in a row.

    Raises Invalid if the guard refuses the address itself, and a FeedFault for everything else that can go wrong.
    """
    fetched = await ask(outside, address, memory, limits, failures=failures)
    if not fetched.unchanged and (not fetched.body or fetched.body.isspace()):
        raise empty(fetched.address)
    return fetched


async def ask(
    outside: Outside, address: str, memory: Memory = NOTHING, limits: Limits = LIMITS, *, failures: int = 0
) -> Fetched:
    """The same for any document, which may be empty."""
    outside.guard.check(address)
    look = _Look(outside, memory, limits, failures)
    try:
        async with asyncio.timeout(limits.total):
            return await look.follow(address)
    except TimeoutError as fault:
        raise too_slow(address, limits.total) from fault


@dataclass(frozen=True, slots=True)
class _Hop:
    status: int
    location: str


@dataclass(frozen=True, slots=True)
class _Look:
    outside: Outside
    memory: Memory
    limits: Limits
    failures: int

    async def follow(self, address: str) -> Fetched:
        """Ask until somebody answers with a document, as far as redirects go."""
        here, moved_to, for_good = urldefrag(address).url if "#" in address else address, "", True
        for _ in range(self.limits.hops + 1):
            answer = await self._ask(here, moved_to)
            if isinstance(answer, Fetched):
                return answer
            for_good = for_good and answer.status in FOR_GOOD
            here = _next_hop(self.outside, here, answer)
            moved_to = here if for_good else ""
        raise too_many_redirects(address, self.limits.hops)

    async def _ask(self, here: str, moved_to: str) -> Fetched | _Hop:
        session, headers = self.outside.http.session, _request(self.outside.user_agent, self.memory)
        timeout = _timeout(self.limits.connect)
        try:
            async with session.get(here, headers=headers, allow_redirects=False, timeout=timeout) as answer:
                if sum(len(name) + len(value) for name, value in answer.raw_headers) > self.limits.head:
                    raise no_http(here)
                if answer.status == 304 and (self.memory.etag or self.memory.last_modified):
                    return _unchanged(here, moved_to, answer, self.memory)
                if answer.status in _WHOLE:
                    return await self._whole(here, moved_to, answer)
                return self._no_document(here, answer)
        except aiohttp.ServerTimeoutError as fault:
            raise too_slow(here, self.limits.connect) from fault
        except (aiohttp.ClientError, OSError, ValueError) as fault:
            raise no_answer(here, fault) from fault

    async def _whole(self, here: str, moved_to: str, answer: aiohttp.ClientResponse) -> Fetched:
        """A whole answer replaces the validators as a pair: one it does not send is forgotten."""
        headers, memory = answer.headers, self.memory
        wire = await _read(answer, self.limits.wire)
        body, digest = await unpack(wire, ", ".join(headers.getall("Content-Encoding", ())), self.limits.decoded)
        pushed = _announced(answer, here)
        return Fetched(
            here,
            Memory(validator(headers, "ETag"), validator(headers, "Last-Modified"), digest),
            unchanged=digest == memory.body_hash,
            body=body,
            content_type=headers.get("Content-Type", "").encode("ascii", "ignore").decode(),
            fresh_for=fresh_for(headers),
            moved_to=moved_to,
            whole=not (memory.etag or memory.last_modified),
            hub=pushed.hub,
            topic=pushed.topic,
        )

    def _no_document(self, here: str, answer: aiohttp.ClientResponse) -> _Hop:
        now = self.outside.clock.now()
        if answer.status not in REDIRECTS:
            raise refusal(here, answer.status, answer.headers, now, self.failures)
        pause = asked_pause(here, answer.status, answer.headers, now, self.failures)
        if pause is not None:
            raise pause
        return _Hop(answer.status, _printable(answer.headers.get("Location", "").strip()))


@lru_cache(maxsize=8)
def _timeout(connect: float) -> aiohttp.ClientTimeout:
    return aiohttp.ClientTimeout(total=None, sock_connect=connect)


def _request(user_agent: str, memory: Memory) -> dict[str, str]:
    headers = {"User-Agent": user_agent, "Accept": _ACCEPT, "Accept-Encoding": ACCEPTED}
    if memory.etag:
        headers["If-None-Match"] = memory.etag
    if memory.last_modified:
        headers["If-Modified-Since"] = memory.last_modified
    return headers


async def _read(answer: aiohttp.ClientResponse, limit: int) -> bytes:
    if (answer.content_length or 0) > limit:
        raise too_long(limit)
    wire = bytearray()
    async for chunk in answer.content.iter_chunked(1 << 16):
        wire += chunk
        if len(wire) > limit:
            raise too_long(limit)
    return bytes(wire)


def _unchanged(here: str, moved_to: str, answer: aiohttp.ClientResponse, memory: Memory) -> Fetched:
    """A 304 renews the validators it repeats and leaves the others (RFC 9111, section 4.3.4)."""
    headers = answer.headers
    etag = validator(headers, "ETag") or memory.etag
    modified = validator(headers, "Last-Modified") or memory.last_modified
    kept, pushed = Memory(etag, modified, memory.body_hash), _announced(answer, here)
    return Fetched(
        here,
        kept,
        unchanged=True,
        fresh_for=fresh_for(headers),
        moved_to=moved_to,
        hub=pushed.hub,
        topic=pushed.topic,
    )


def _announced(answer: aiohttp.ClientResponse, here: str) -> Announced:
    links = answer.headers.getall("Link", ())
    return in_headers([link for link in links if link.isprintable()], here) if links else _NOBODY


def _printable(location: str) -> str:
    """With bytes that are no text written as browsers write them."""
    return location if location.isprintable() else quote(location, safe=_NOT_QUOTED, errors="surrogateescape")


def _next_hop(outside: Outside, here: str, hop: _Hop) -> str:
    """Where the redirect leads, if the guard lets us and https stays https."""
    try:
        target = urldefrag(urljoin(here, hop.location)).url
        outside.guard.check(target)
    except (Invalid, ValueError) as fault:
        raise bad_redirect(here, hop.status) from fault
    less_safe = urlsplit(here).scheme == "https" and urlsplit(target).scheme == "http"
    if not hop.location or less_safe or len(target) > _LONGEST_ADDRESS:
        raise bad_redirect(here, hop.status)
    return target
