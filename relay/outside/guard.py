# SPDX-License-Identifier: AGPL-3.0-or-later
"""Which addresses we may talk to: never the private network of the machine we run on, unless a setting names it.

The check is made on the address actually connected to (``socket_factory``, ``vouch``), since a check before the
look-up can be turned by a second look-up (DNS rebinding), and a resolver is never asked about a literal address.
"""

import ipaddress
import re
import socket
from collections.abc import Collection, Iterable
from urllib.parse import urlsplit

from yarl import URL

from relay.faults import Invalid
from relay.i18n import Message, say
from relay.outside.public import Address, public, unwrapped

AddrInfo = tuple[int, int, int, str, tuple[object, ...]]

PORTS = frozenset({80, 443, 8443})
MOST = 32_768  # origins remembered

# A server's name with characters of https://url.spec.whatwg.org/#forbidden-host-code-point left out, or an address.
_AUTHORITY = re.compile(r"(?:\[[0-9A-Fa-f:.]+\]|[^\x00-\x20\x7f\"#%/:<>?@\[\\\]^`{|}]+)(?::[0-9]*)?")
_ODD = re.compile(r"[\x00-\x1f\x7f\\]")  # read as something else, or as nothing at all, by one parser or another
# Of such an address all that the guard judges stands before the path.
_USUAL = re.compile(r"(https?://[a-z0-9.-]+(?::[0-9]+)?)(?:[/?#][^\x00-\x1f\x7f\\]*)?")

# Kept from the DNS by RFC 6761, RFC 6762, RFC 8375 and ICANN's resolution 2024.07.29.06: they name machines nearby.
_INWARD = ("localhost", "local", "internal", "home.arpa")


class Forbidden(OSError):
    """The address lies on a private or reserved network, or the port is not one of the web's."""


class Guard:
    """Permits public addresses, and those of the networks in ``allow`` (CIDR), for a newsroom's own intranet."""

    def __init__(self, allow: Iterable[str] = ()) -> None:
        self._allow = tuple(ipaddress.ip_network(net) for net in allow)
        self._passed: set[str] = set()  # origins that ``check`` found nothing against

    def permits(self, host: str) -> bool:
        """Whether the literal address ``host`` may be connected to. Raises ValueError for anything but an address."""
        address = _address(host)
        return self._allowed(address) or public(address)

    def socket_factory(self, info: AddrInfo) -> socket.socket:
        """For aiohttp's TCPConnector: opens the socket only if its address is permitted, else raises Forbidden."""
        self.vouch([info])
        family, kind, proto, _, _ = info
        return socket.socket(family, kind, proto)

    def vouch(self, infos: Iterable[AddrInfo], ports: Collection[int] = ()) -> list[str]:
        """The addresses of a whole look-up, in order; one that is not permitted spoils the answer (Forbidden).

        ``ports``: others than those of the web that are asked for on purpose.
        """
        found = [(str(target[0]), int(str(target[1]))) for *_, target in infos]
        for host, port in found:
            if not self.permits(host):
                raise Forbidden(f"{host} is not a public address")
            if port not in PORTS and port not in ports and not self._allowed(_address(host)):
                raise Forbidden(f"port {port} of {host} is not open to us")
        return [host for host, _ in found]

    def sought(self, host: str) -> str:
        """What the machine's resolver is to be asked for ``host``. Raises Forbidden for a name of no public server.

        A name gets the dot that ends it, so that no search domain of this machine is tried (``feed.example`` must not
        become ``feed.example.corp.internal``). The dot goes into the look-up alone: neither the Host header nor the
        name in the certificate has it. Where networks are allowed names are asked for as they are, since those of an
        intranet may need the search domains, and the file of hosts knows no dot.
        """
        if _number(host.split("%")[0]) is not None:
            return host
        name = host.lower().removesuffix(".")
        if not _spellable(name) or self._unnamed(name):
            raise Forbidden(f"{name[:80]} is not the name of a public server")
        return host if self._allow else f"{name}."

    def check(self, url: str) -> None:
        """Refuse what can be refused without a look-up: scheme, user name, port, literal private address.

        Raises Invalid. The look-up itself is judged when the connection is made.
        """
        usual = _USUAL.fullmatch(url)
        if usual and usual[1] in self._passed:
            return
        self._judge(url)
        if usual:
            if len(self._passed) >= MOST:
                self._passed.clear()
            self._passed.add(usual[1])

    def _judge(self, url: str) -> None:
        host, port = _split(url)
        literal = _literal(host, url)
        if literal is not None and not self.permits(str(literal)):
            raise Invalid(_private(host))
        reason = self._unnamed(host) if literal is None else None
        if reason:
            raise Invalid(reason)
        if not self._port_fits(port, literal):
            raise Invalid(
                say(
                    "The address {url} names port {port}. Use an address on port 80, 443 or 8443.",
                    url=_shown(url),
                    port=port,
                )
            )

    def _port_fits(self, port: int | None, literal: Address | None) -> bool:
        if port is None or port in PORTS:
            return True
        if literal is None:
            return bool(self._allow)  # a name of an allowed network: known, and judged, once it is looked up
        return self._allowed(unwrapped(literal))

    def _unnamed(self, name: str) -> Message | None:
        """Why a name, in lower case and without its last dot, can be that of no server we may talk to."""
        if _under(name, "onion"):  # RFC 7686: never to be looked up
            return say(
                "{host} is in the Tor network, which Piquet cannot reach. Give an address of the web.", host=name
            )
        if not self._allow and any(_under(name, each) for each in _INWARD):
            return _private(name)
        return None

    def _allowed(self, address: Address) -> bool:
        return any(address in net for net in self._allow)


def nearby(host: str) -> bool:
    """Whether the host is spelt out as an address that no stranger can reach; a name but for localhost never is."""
    if not host.replace(".", "").isdigit():
        return host == "localhost"
    try:
        return not Guard().permits(host)
    except ValueError:  # shorthand, such as 127.1: the guard refuses it in its own words
        return False


def unencrypted(typed: str) -> Message:
    """Why nothing secret is sent to an address that begins with http://."""
    return say("{typed} is not encrypted. Give the address that begins with https://.", typed=typed)


def _address(host: str) -> Address:
    return unwrapped(ipaddress.ip_address(host.split("%")[0]))


def _split(url: str) -> tuple[str, int | None]:
    """The host as aiohttp reads it, in lower case and without its last dot, and the port if one is named."""
    try:
        parts, read = urlsplit(url), URL(url)
        host, port = (read.raw_host or "").lower().removesuffix("."), parts.port
    except (ValueError, IndexError):  # yarl raises this for http://[::1]@/
        raise _no_web_address(url) from None
    if parts.scheme not in ("http", "https") or not parts.hostname or _ODD.search(url):
        raise _no_web_address(url)
    if "@" in parts.netloc:
        raise Invalid(say("The address holds a user name or password. Give the address without it."))
    number = _last(parts.hostname).isdigit() and _last(host).startswith(
        "xn--"
    )  # in digits that nobody's parser counts with
    if port == 0 or number or not _AUTHORITY.fullmatch(parts.netloc) or not _spellable(host):
        raise _no_web_address(url)
    return host, port


def _spellable(name: str) -> bool:
    """Whether a name has a form that can be looked up (RFC 1035, section 2.3.4)."""
    return name.isascii() and len(name) <= 253 and all(0 < len(label) < 64 for label in name.split("."))


def _literal(host: str, url: str) -> Address | None:
    """The address ``host`` spells out, None for a name; shorthand such as 127.1 or 0x7f000001 raises Invalid."""
    number, last = _number(host), _last(host)
    if number is not None:
        return number
    if last.isdigit() or last.startswith("0x"):
        raise _no_web_address(url)  # as https://url.spec.whatwg.org/#ends-in-a-number-checker
    if last == "localhost":  # RFC 6761, section 6.3
        return ipaddress.IPv4Address("127.0.0.1")
    return None


def _last(name: str) -> str:
    return name.removesuffix(".").rpartition(".")[2]


def _number(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _under(name: str, domain: str) -> bool:
    return name == domain or name.endswith(f".{domain}")


def _no_web_address(url: str) -> Invalid:
    sentence = say("{url} is not a web address. Give one that begins with https:// or http://.", url=_shown(url))
    return Invalid(sentence)


def _shown(url: str) -> str:
    """On one line, whatever terminal or page it is shown on."""
    return "".join(each if each.isprintable() else "\ufffd" for each in url[:200])


def _private(host: str) -> Message:
    return say(
        "{host} lies on a private network. Give a public address, or add that network to allow_networks.",
        host=host,
    )
