# SPDX-License-Identifier: AGPL-3.0-or-later
"""Where each feed lives: on Linux all of 127.0.0.0/8 is this machine, so a farm can have thousands of hosts."""

import sys
from dataclasses import dataclass

MANY = sys.platform == "linux"  # elsewhere 127.0.0.1 alone answers, and all feeds share that one polite host
EVERYWHERE = "0.0.0.0" if MANY else "127.0.0.1"  # noqa: S104  # whoever comes by another way than loopback is cut off
_IN_A_ROW = 250  # addresses ending in 1 … 250: neither a network's own nor its broadcast address


@dataclass(frozen=True)
class Hosts:
    """``per_host`` feeds on each host, counted from feed 0 on."""

    per_host: int

    def index(self, number: int) -> int:
        """The host of a feed, counted from 0."""
        return number // self.per_host if MANY else 0

    def name(self, number: int) -> str:
        """The same as an address: 127.1.0.1, 127.1.0.2 …"""
        if not MANY:
            return EVERYWHERE
        rest, last = divmod(self.index(number), _IN_A_ROW)
        return f"127.{1 + rest // _IN_A_ROW}.{rest % _IN_A_ROW}.{1 + last}"


def is_loopback(host: str) -> bool:
    """Whether a connection that arrived at the address ``host`` came from this machine."""
    return host.startswith("127.")
