# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a site's robots.txt says of its feed, for a check of the feed only.

Looks never ask: robots.txt speaks to crawlers that find their own way (RFC 9309, section 1), while a feed is
published to be looked at by readers, and its newsroom gave us the address. But a publisher who forbids it may mean
it, and walls in front of servers heed it, so a newsroom is told.
"""

import asyncio
from urllib.parse import urljoin
from urllib.robotparser import RobotFileParser

from relay.faults import FeedFault, FeedGone, FeedRefused, Invalid
from relay.feeds.http.answers import NOTHING, Limits
from relay.feeds.http.fetch import ask
from relay.outside import Outside

PRODUCT = "Piquet"
_LIMITS = Limits(wire=512 << 10, decoded=512 << 10, total=10.0, hops=0)


async def allowed(outside: Outside, address: str) -> bool | None:
    """Whether readers of our name may fetch the feed, as far as one request can tell; None if it cannot.

    A site without the file allows everything: https://www.rfc-editor.org/rfc/rfc9309#section-2.3.1.3
    """
    try:
        found = await ask(outside, urljoin(address, "/robots.txt"), NOTHING, _LIMITS)
    except FeedRefused as fault:
        return True if 400 <= fault.status < 500 else None
    except FeedGone:
        return True
    except (FeedFault, Invalid):
        return None
    return await asyncio.to_thread(judged, found.body, address)


def judged(text: bytes, address: str) -> bool:
    """Whether a robots.txt allows ``address``. Pure."""
    rules = RobotFileParser()
    rules.parse(text.decode("utf-8-sig", "replace").splitlines())
    return rules.can_fetch(PRODUCT, address)
