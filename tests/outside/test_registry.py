# SPDX-License-Identifier: AGPL-3.0-or-later
"""The guard agrees with the registries of IANA, read as a table of its own: first, middle and last address of each.

https://www.iana.org/assignments/iana-ipv4-special-registry, …/iana-ipv6-special-registry, …/ipv6-address-space,
…/multicast-addresses and https://docs.oracle.com, https://learn.microsoft.com for what clouds keep to themselves.
"""

import ipaddress

from relay.outside.guard import Guard

RESERVED = (
    # IPv4: address block, and its RFC
    ("0.0.0.0", "0.255.255.255", "791 this network"),
    ("10.0.0.0", "10.255.255.255", "1918 private use"),
    ("100.64.0.0", "100.127.255.255", "6598 shared address space"),
    ("127.0.0.0", "127.255.255.255", "1122 loopback"),
    ("168.63.129.16", "168.63.129.16", "none: Azure's own"),
    ("169.254.0.0", "169.254.255.255", "3927 link local"),
    ("172.16.0.0", "172.31.255.255", "1918 private use"),
    ("192.0.0.0", "192.0.0.255", "6890 protocol assignments"),
    ("192.0.0.0", "192.0.0.7", "7335 service continuity"),
    ("192.0.0.9", "192.0.0.10", "7723, 8155 anycast"),
    ("192.0.0.170", "192.0.0.171", "7050 NAT64 discovery"),
    ("192.0.2.0", "192.0.2.255", "5737 documentation"),
    ("192.31.196.0", "192.31.196.255", "7535 AS112"),
    ("192.52.193.0", "192.52.193.255", "7450 AMT"),
    ("192.88.99.0", "192.88.99.255", "7526 6to4 relay, deprecated"),
    ("192.168.0.0", "192.168.255.255", "1918 private use"),
    ("192.175.48.0", "192.175.48.255", "7534 AS112"),
    ("198.18.0.0", "198.19.255.255", "2544 benchmarks"),
    ("198.51.100.0", "198.51.100.255", "5737 documentation"),
    ("203.0.113.0", "203.0.113.255", "5737 documentation"),
    ("224.0.0.0", "239.255.255.255", "1112 multicast"),
    ("240.0.0.0", "255.255.255.254", "1112 reserved"),
    ("255.255.255.255", "255.255.255.255", "919 broadcast"),
    # IPv6
    ("::", "::1", "4291 unspecified, loopback"),
    ("::2", "::ffff:ffff", "4291 IPv4-compatible, deprecated"),
    ("::ffff:0.0.0.0", "::ffff:0.255.255.255", "4291 mapped: this network"),
    ("::ffff:10.0.0.0", "::ffff:10.255.255.255", "4291 mapped: private use"),
    ("::ffff:127.0.0.0", "::ffff:127.255.255.255", "4291 mapped: loopback"),
    ("::ffff:224.0.0.0", "::ffff:255.255.255.255", "4291 mapped: multicast, reserved"),
    ("::ffff:0:0:0", "::ffff:0:ffff:ffff", "2765 SIIT"),
    ("64:ff9b::10.0.0.0", "64:ff9b::10.255.255.255", "6052 NAT64: private use"),
    ("64:ff9b::127.0.0.0", "64:ff9b::127.255.255.255", "6052 NAT64: loopback"),
    ("64:ff9b::169.254.0.0", "64:ff9b::169.254.255.255", "6052 NAT64: link local"),
    ("64:ff9b:1::", "64:ff9b:1:ffff:ffff:ffff:ffff:ffff", "8215 local NAT64"),
    ("100::", "100::ffff:ffff:ffff:ffff", "6666 discard"),
    ("100:0:0:1::", "100:0:0:1:ffff:ffff:ffff:ffff", "9780 dummy prefix"),
    ("200::", "3ff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "4548 formerly NSAP"),
    ("400::", "1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "4291 unassigned"),
    ("2001::", "2001:0:ffff:ffff:ffff:ffff:ffff:ffff", "4380 Teredo"),
    ("2001:1::1", "2001:1::3", "7723, 8155, 9665 anycast"),
    ("2001:2::", "2001:2:0:ffff:ffff:ffff:ffff:ffff", "5180 benchmarks"),
    ("2001:3::", "2001:3:ffff:ffff:ffff:ffff:ffff:ffff", "7450 AMT"),
    ("2001:4:112::", "2001:4:112:ffff:ffff:ffff:ffff:ffff", "7535 AS112"),
    ("2001:10::", "2001:1f:ffff:ffff:ffff:ffff:ffff:ffff", "4843 ORCHID"),
    ("2001:20::", "2001:2f:ffff:ffff:ffff:ffff:ffff:ffff", "7343 ORCHIDv2"),
    ("2001:30::", "2001:3f:ffff:ffff:ffff:ffff:ffff:ffff", "9374 drones"),
    ("2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", "3849 documentation"),
    ("2002::", "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "3056 6to4"),
    ("2620:4f:8000::", "2620:4f:8000:ffff:ffff:ffff:ffff:ffff", "7534 AS112"),
    ("3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff", "9637 documentation"),
    ("4000::", "5eff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "4291 unassigned"),
    ("5f00::", "5f00:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "9602 segment routing"),
    ("6000::", "fbff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "4291 unassigned"),
    ("fc00::", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "4193 unique local"),
    ("fe00::", "fe7f:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "4291 unassigned"),
    ("fe80::", "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "4291 link local"),
    ("fec0::", "feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "3879 site local, deprecated"),
    ("ff00::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "4291 multicast"),
)

# What lies between the blocks above, given to registries and open to everybody.
PUBLIC = (
    *(("1.0.0.0", "9.255.255.255"), ("11.0.0.0", "100.63.255.255"), ("100.128.0.0", "126.255.255.255")),
    *(("128.0.0.0", "168.63.129.15"), ("168.63.129.17", "169.253.255.255"), ("169.255.0.0", "172.15.255.255")),
    *(("172.32.0.0", "191.255.255.255"), ("192.0.1.0", "192.0.1.255"), ("192.0.3.0", "192.31.195.255")),
    *(("192.31.197.0", "192.52.192.255"), ("192.52.194.0", "192.88.98.255"), ("192.88.100.0", "192.167.255.255")),
    *(("192.169.0.0", "192.175.47.255"), ("192.175.49.0", "198.17.255.255"), ("198.20.0.0", "198.51.99.255")),
    *(("198.51.101.0", "203.0.112.255"), ("203.0.114.0", "223.255.255.255")),
    *(("2000::", "2000:ffff:ffff:ffff:ffff:ffff:ffff:ffff"), ("2001:200::", "2001:db7:ffff:ffff:ffff:ffff:ffff:ffff")),
    *(("2001:db9::", "2001:ffff:ffff:ffff:ffff:ffff:ffff:ffff"), ("2003::", "2620:4f:7fff:ffff:ffff:ffff:ffff:ffff")),
    *(("2620:4f:8001::", "3ffe:ffff:ffff:ffff:ffff:ffff:ffff:ffff"), ("::ffff:1.0.0.0", "::ffff:9.255.255.255")),
    ("64:ff9b::1.0.0.0", "64:ff9b::9.255.255.255"),
)


def _three(first: str, last: str) -> set[str]:
    low, high = ipaddress.ip_address(first), ipaddress.ip_address(last)
    return {str(low), str(low + (int(high) - int(low)) // 2), str(high)}


def test_there_are_enough_to_tell() -> None:
    seen = set().union(*(_three(*each[:2]) for each in (*RESERVED, *PUBLIC)))
    assert len(seen) >= 200


def test_what_is_reserved_is_refused() -> None:
    permitted = {(first, why): [a for a in _three(first, last) if Guard().permits(a)] for first, last, why in RESERVED}
    assert {block: found for block, found in permitted.items() if found} == {}


def test_what_is_public_is_permitted() -> None:
    assert [each for first, last in PUBLIC for each in _three(first, last) if not Guard().permits(each)] == []
