# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the contract suite stands on: a network before a look-alike, or before a real server behind a proxy."""

import base64
import re
from collections.abc import Awaitable, Iterator, Mapping
from typing import Protocol

import pytest

from relay.clock import Clock
from relay.faults import Held, NetworkFault, Refused, Throttled, Unauthorised, Unsure
from relay.networks.port import Network, Picture, Post, Span
from relay.square.faults import FaultPlan
from relay.square.seen import PublicPost

FAULTS: Mapping[int, type[NetworkFault]] = {
    400: Refused,
    401: Unauthorised,
    403: Held,
    404: Unsure,  # the route, the account, or the post that the key stood for: look first
    410: Held,
    413: Refused,
    422: Refused,
    429: Throttled,
    500: Unsure,
    502: Unsure,
    503: Unsure,
    504: Unsure,
    520: Unsure,  # Cloudflare's own: https://developers.cloudflare.com/support/troubleshooting/http-status-codes/
}
"""What an answer to a publishing request means, unless a stage ``differs``."""

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


class Stage(Protocol):
    """Give this in the ``stage`` fixture; what legitimately differs between networks is declared here, as data.

    clock: the one the network was given. plan: stands between the network and the server. secrets: words that may
    never be shown. publishing: a regular expression for the path of the one POST that makes a post. honours_key: the
    server folds the same key into one post, at least for some time. page: how many posts it lists at once. differs:
    where FAULTS does not hold, and why in a comment.
    """

    clock: Clock
    plan: FaultPlan
    address: str
    secrets: tuple[str, ...]
    publishing: str
    honours_key: bool
    page: int
    differs: Mapping[int, type[NetworkFault]]

    def network(self, **changes: str) -> Network:
        """A new network for the one account, ``changes`` replacing what it was given."""
        ...

    def impatient(self) -> Network:
        """One that gives a call up after a fraction of a second."""
        ...

    async def public(self) -> list[PublicPost]:
        """What passers-by see of the account, in order of arrival."""
        ...

    def refusal(self, words: str) -> object:
        """The JSON body of an error of this network's, with ``words`` where its message stands."""
        ...

    def reset_headers(self, seconds: int) -> Mapping[str, str]:
        """The headers by which this network says that it listens again in ``seconds``."""
        ...

    async def close(self) -> None:
        """Close the door: from now on nothing listens at ``address``."""
        ...


def notice(stage: Stage, text: str, *, warning: str = "", pictures: tuple[Picture, ...] = ()) -> Post:
    """A post as the composer would hand it over to the stage's network, now."""
    capabilities = stage.network().card.capabilities
    return Post(
        text=text,
        created_at=stage.clock.now(),
        spans=tuple(_spans(text)) if capabilities.rich_text else (),
        languages=("fr",),
        warning=warning,
        pictures=pictures,
    )


def _spans(text: str) -> Iterator[Span]:
    for link in re.finditer(r"https?://\S+", text):
        yield Span(link.start(), link.end(), "link", link.group())
    for hashtag in re.finditer(r"#(\w+)", text):
        yield Span(hashtag.start(), hashtag.end(), "hashtag", hashtag.group(1))


def picture(alt: str = "Une pancarte : en grève") -> Picture:
    """The smallest picture there is, described."""
    return Picture(PNG, "image/png", alt, 1, 1)


def longest(limit: int) -> str:
    """A text of exactly ``limit`` units, without links, that nobody would trim."""
    return ("grève " * limit)[: limit - 1] + "é"


async def willing() -> None:
    """A ``Still`` for notices that are wanted."""


async def fault_from(call: Awaitable[object]) -> NetworkFault:
    """The fault that ``call`` raises; the test fails if it returns, or raises anything else."""
    with pytest.raises(NetworkFault) as caught:
        await call
    return caught.value
