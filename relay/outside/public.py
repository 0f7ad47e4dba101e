# SPDX-License-Identifier: AGPL-3.0-or-later
"""Which addresses are public: those that the registries give to anybody's servers. Pure.

https://www.iana.org/assignments/iana-ipv4-special-registry and …/iana-ipv6-special-registry; ``is_global`` of the
standard library is no policy: it calls multicast, and NAT64 and 6to4 wrappers of private addresses, global.
"""

import ipaddress

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_V4_REFUSED = tuple(
    ipaddress.IPv4Network(net)
    for net in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
        *("192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16"),
        *("192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
        # https://learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16: public, and yet not
        "168.63.129.16/32",
    )
)
_V6_UNICAST = ipaddress.IPv6Network("2000::/3")
# 2001::/23 holds Teredo, 2002::/16 is 6to4: both carry an IPv4 address of anyone's choice, and both are obsolete.
_V6_REFUSED = tuple(
    ipaddress.IPv6Network(net) for net in ("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20")
)
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")  # RFC 6052
_ISATAP = frozenset({0x00005EFE, 0x02005EFE})  # RFC 5214, section 6.1: what stands before an embedded IPv4 address


def public(address: Address) -> bool:
    """Whether a stranger's server may have this address; wrappers have to be taken off before, see ``unwrapped``."""
    if isinstance(address, ipaddress.IPv4Address):
        return not any(address in net for net in _V4_REFUSED)
    if (int(address) >> 32) & 0xFFFFFFFF in _ISATAP:
        return False
    return address in _V6_UNICAST and not any(address in net for net in _V6_REFUSED)


def unwrapped(address: Address) -> Address:
    """The IPv4 address that an IPv6 one stands for where the network translates (mapped, NAT64), else itself."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address
