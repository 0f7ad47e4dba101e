# SPDX-License-Identifier: AGPL-3.0-or-later
"""Which addresses we may talk to: never the private network of the machine we run on, unless a setting names it.

The check is made on the address actually connected to (``socket_factory``, ``vouch``), since a check before the
look-up can be turned by a second look-up (DNS rebinding), and a resolver is never asked about a literal address.
"""

import ipaddress
import socket
import unicodedata
from collections.abc import Iterable
from urllib.parse import SplitResult, urlsplit

from relay.faults import Invalid
from relay.i18n import say

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
AddrInfo = tuple[int, int, int, str, tuple[object, ...]]

PORTS = frozenset({80, 443, 8443})

# https://www.iana.org/assignments/iana-ipv4-special-registry and -ipv6-special-registry; ``is_global`` of the
# standard library is no policy: it calls multicast, NAT64 and 6to4 wrappers of private addresses global.
_V4_REFUSED = tuple(
    ipaddress.IPv4Network(net)
    for net in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
        *("192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16"),
        *("192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
    )
)
_V6_UNICAST = ipaddress.IPv6Network("2000::/3")
# 2001::/23 holds Teredo, 2002::/16 is 6to4: both carry an IPv4 address of anyone's choice, and both are obsolete.
_V6_REFUSED = tuple(
    ipaddress.IPv6Network(net) for net in ("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20")
)
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")  # RFC 6052


class Forbidden(OSError):
    """The address lies on a private or reserved network, or the port is not one of the web's."""


class Guard:
    """Permits public addresses, and those of the networks in ``allow`` (CIDR), for a newsroom's own intranet."""

    def __init__(self, allow: Iterable[str] = ()) -> None:
        self._allow = tuple(ipaddress.ip_network(net) for net in allow)

    def permits(self, host: str) -> bool:
        """Whether the literal address ``host`` may be connected to. Raises ValueError for anything but an address."""
        address = _unwrapped(ipaddress.ip_address(host.split("%")[0]))
        return self._allowed(address) or _public(address)

    def socket_factory(self, info: AddrInfo) -> socket.socket:
        """For aiohttp's TCPConnector: opens the socket only if its address is permitted, else raises Forbidden."""
        self.vouch([info])
        family, kind, proto, _, _ = info
        return socket.socket(family, kind, proto)

    def vouch(self, infos: Iterable[AddrInfo]) -> list[str]:
        """The addresses of a whole look-up, in order; one that is not permitted spoils the answer (Forbidden)."""
        found = [(str(target[0]), int(str(target[1]))) for *_, target in infos]
        for host, port in found:
            if not self.permits(host):
                raise Forbidden(f"{host} is not a public address")
            if port and port not in PORTS and not self._allowed(_unwrapped(ipaddress.ip_address(host.split("%")[0]))):
                raise Forbidden(f"port {port} of {host} is not a web port")
        return [host for host, _ in found]

    def check(self, url: str) -> None:
        """Refuse what can be refused without a look-up: scheme, user name, port, literal private address.

        Raises Invalid. The look-up itself is judged when the connection is made.
        """
        parts = _split(url)
        host = unicodedata.normalize("NFKC", parts.hostname or "").replace("。", ".").rstrip(".")
        literal = _literal(host, url)
        if literal is not None and not self.permits(str(literal)):
            raise _private(host)
        if not self._port_fits(parts, literal):
            raise Invalid(
                say(
                    "The address {url} names port {port}. Use an address on port 80, 443 or 8443.",
                    url=url,
                    port=parts.port,
                )
            )

    def _port_fits(self, parts: SplitResult, literal: Address | None) -> bool:
        if parts.port is None or parts.port in PORTS:
            return True
        if literal is None:
            return bool(self._allow)  # a name of an allowed network: known, and judged, once it is looked up
        return self._allowed(_unwrapped(literal))

    def _allowed(self, address: Address) -> bool:
        return any(address in net for net in self._allow)


def _public(address: Address) -> bool:
    if isinstance(address, ipaddress.IPv4Address):
        return not any(address in net for net in _V4_REFUSED)
    return address in _V6_UNICAST and not any(address in net for net in _V6_REFUSED)


def _unwrapped(address: Address) -> Address:
    """The IPv4 address that an IPv6 one stands for where the network translates (mapped, NAT64), else itself."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        odd = parts.port == 0 or "\\" in url or any(ord(c) < 33 for c in parts.netloc) or "%" in parts.netloc
    except ValueError:
        odd, parts = True, urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.hostname or odd:
        raise Invalid(say("{url} is not a web address. Give one that begins with https:// or http://.", url=url))
    if "@" in parts.netloc:
        raise Invalid(say("The address holds a user name or password. Give the address without it."))
    return parts


def _literal(host: str, url: str) -> Address | None:
    """The address ``host`` spells out, None for a name; shorthand such as 127.1 or 0x7f000001 raises Invalid."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        last = host.rsplit(".", 1)[-1].lower()
    if last.isdigit() or last.startswith("0x"):  # as https://url.spec.whatwg.org/#ends-in-a-number-checker
        raise Invalid(say("{url} is not a web address. Give one that begins with https:// or http://.", url=url))
    if last == "localhost":  # RFC 6761, section 6.3
        return ipaddress.IPv4Address("127.0.0.1")
    return None


def _private(host: str) -> Invalid:
    return Invalid(
        say(
            "{host} lies on a private network. Give a public address, or add that network to allow_networks.",
            host=host,
        )
    )
