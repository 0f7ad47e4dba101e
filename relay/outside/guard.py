# SPDX-License-Identifier: AGPL-3.0-or-later
"""Which addresses we may talk to: never the private network of the machine we run on, unless a setting names it.

The check is made on the address actually connected to (``socket_factory``), since a check before the look-up can be
turned by a second look-up (DNS rebinding), and a resolver is never asked about a literal address.
"""

import ipaddress
import socket
from collections.abc import Iterable

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
AddrInfo = tuple[int, int, int, str, tuple[object, ...]]


class Forbidden(OSError):
    """The address lies on a private or reserved network."""


class Guard:
    """Permits public addresses, and those of the networks in ``allow`` (CIDR), for a newsroom's own intranet."""

    def __init__(self, allow: Iterable[str] = ()) -> None:
        self._allow = [ipaddress.ip_network(net) for net in allow]

    def permits(self, host: str) -> bool:
        """Whether the literal address ``host`` may be connected to."""
        address = ipaddress.ip_address(host.split("%")[0])
        if any(address in net for net in self._allow):
            return True
        return address.is_global and not address.is_multicast

    def socket_factory(self, info: AddrInfo) -> socket.socket:
        """For aiohttp's TCPConnector: opens the socket only if the address is permitted."""
        family, kind, proto, _, target = info
        if not self.permits(str(target[0])):
            raise Forbidden(f"{target[0]} is not a public address")
        return socket.socket(family, kind, proto)
