# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the public sees of a look-alike network: the same value whichever network it is, for the demo and the tests."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class PublicPost:
    """One post as a passer-by sees it.

    links, hashtags (without #), mentions (without the first @): what the network made clickable, in order of
    appearance. ``created_at`` is what the network says, ``arrived`` our stopwatch (``relay.clock.stopwatch()``, s) when
    it became public. ``alts``: the description of each image. ``card_url``: the preview's link, "" if none;
    ``card_title`` and ``card_text`` where the sender wrote the preview. ``pictures``: where each image is served.
    """

    network: str
    account: str
    id: str
    url: str
    text: str
    created_at: datetime
    arrived: float
    links: tuple[str, ...] = ()
    hashtags: tuple[str, ...] = ()
    mentions: tuple[str, ...] = ()
    language: str = ""
    images: int = 0
    alts: tuple[str, ...] = ()
    warning: str = ""
    card_url: str = ""
    card_title: str = ""
    card_text: str = ""
    pictures: tuple[str, ...] = ()
    pinned: bool = False
