# SPDX-License-Identifier: AGPL-3.0-or-later
"""Fuzz target: however an address of a private network is spelt, the guard refuses it.

The oracle is the standard library's: ``ipaddress`` for what is private, ``inet_aton`` for the spellings that a
system's own look-up understands, and what the HTTP clients make of an address before they connect.
"""

import ipaddress
import socket
from urllib.parse import urlsplit

from yarl import URL

from relay.faults import Invalid
from relay.outside.guard import Guard

GUARD = Guard()
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


def check(data: bytes) -> None:
    """The whole is a web address, a host, and the bytes of an IP address."""
    text = data.decode("utf-8", "surrogateescape")
    for url in (text, f"https://{text}/"):
        if _passes(url):
            for host in _hosts(url):
                assert not _private(host), f"{url!r} leads to {host!r}"
    _literal(text)
    if len(data) in (4, 16):
        _literal(str(ipaddress.ip_address(data)))


def _passes(url: str) -> bool:
    try:
        GUARD.check(url)
    except Invalid:
        return False
    return True


def _hosts(url: str) -> set[str]:
    """The host as the clients read it."""
    found = {urlsplit(url).hostname or ""}
    try:
        yarl = URL(url)
        found |= {yarl.host or "", yarl.raw_host or ""}
    except ValueError:
        pass  # the client refuses it, too
    return found


def _literal(host: str) -> None:
    try:
        permitted = GUARD.permits(host)
    except ValueError:
        return
    assert not (permitted and _private(host.split("%")[0])), host


def _private(host: str) -> bool:
    if host.rstrip(".").lower().endswith("localhost") and host.rstrip(".").lower()[-10:-9] in ("", "."):
        return True
    address = _address(host.rstrip("."))
    if address is None:
        return False
    if isinstance(address, ipaddress.IPv6Address):
        inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF) if address in NAT64 else address.ipv4_mapped
        address = inner or address.sixtofour or (address.teredo or (None, None))[1] or address
    return not address.is_global or address.is_multicast or address.is_reserved


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host.split("%")[0])
    except ValueError:
        pass
    try:
        return ipaddress.ip_address(socket.inet_aton(host)) if not any(c.isspace() for c in host) else None
    except (OSError, ValueError):
        return None
