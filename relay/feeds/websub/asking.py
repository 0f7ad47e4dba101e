# SPDX-License-Identifier: AGPL-3.0-or-later
"""One request to a hub, whose address a feed chose: guarded, bounded, without anything of ours but the callback.

https://www.w3.org/TR/websub/#subscriber-sends-subscription-request
"""

import asyncio
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import urljoin, urlsplit

import aiohttp

from relay.faults import Invalid
from relay.feeds.websub.lease import ASKED
from relay.outside import Outside

HOPS = 3
ANSWER = 64 << 10  # bytes; nothing in them matters, but a connection that was read to its end can be used again
_KEEPS_METHOD = frozenset({307, 308})
_NOT_NOW = frozenset({408, 425, 429})


class Outcome(StrEnum):
    """What the hub said: it will verify, it will not, or nothing that counts."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True)
class Request:
    """``mode`` is ``subscribe`` or ``unsubscribe``; ``secret`` "" gives the hub none."""

    hub: str
    topic: str
    callback: str
    mode: str
    secret: str = field(default="", repr=False)

    @property
    def form(self) -> dict[str, str]:
        """What is sent."""
        form = {"hub.callback": self.callback, "hub.mode": self.mode, "hub.topic": self.topic}
        if self.mode == "subscribe":
            form["hub.lease_seconds"] = str(round(ASKED.total_seconds()))
            form |= {"hub.secret": self.secret} if self.secret else {}
        return form


async def ask(outside: Outside, request: Request, seconds: float) -> Outcome:
    """Send it; whatever goes wrong is told in the answer."""
    try:
        async with asyncio.timeout(seconds):
            return await _follow(outside, request)
    except (Invalid, aiohttp.ClientError, OSError, ValueError):  # a timeout is an OSError
        return Outcome.UNREACHABLE


async def _follow(outside: Outside, request: Request) -> Outcome:
    here = request.hub
    for _ in range(HOPS + 1):
        outside.guard.check(here)
        async with outside.http.session.post(here, data=request.form, allow_redirects=False) as answer:
            if answer.status not in _KEEPS_METHOD:
                await _drained(answer)
                return _judged(answer.status)
            there = urljoin(here, answer.headers.get("Location", ""))
        if urlsplit(here).scheme == "https" and urlsplit(there).scheme != "https":
            return Outcome.REFUSED  # the secret would travel in the clear
        here = there
    return Outcome.REFUSED


async def _drained(answer: aiohttp.ClientResponse) -> None:
    length = 0
    async for chunk in answer.content.iter_chunked(1 << 14):
        length += len(chunk)
        if length > ANSWER:
            answer.close()
            return


def _judged(status: int) -> Outcome:
    if 200 <= status < 300:
        return Outcome.ACCEPTED
    return Outcome.REFUSED if 300 <= status < 500 and status not in _NOT_NOW else Outcome.UNREACHABLE
