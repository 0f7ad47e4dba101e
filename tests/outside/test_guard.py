# SPDX-License-Identifier: AGPL-3.0-or-later
"""The guard's policy, vector by vector: literal addresses, web addresses, whole look-ups."""

import ipaddress
from pathlib import Path

import pytest

from relay.faults import Invalid
from relay.outside.guard import Forbidden, Guard


def _vectors(name: str) -> list[str]:
    return (Path(__file__).parent / "vectors" / f"{name}.txt").read_text("utf-8").splitlines()


REFUSED = _vectors("refused")
PERMITTED = _vectors("permitted")


@pytest.mark.parametrize("address", REFUSED)
def test_a_private_or_reserved_address_is_refused(address: str) -> None:
    assert Guard().permits(address) is False


@pytest.mark.parametrize("address", PERMITTED)
def test_a_public_address_is_permitted(address: str) -> None:
    assert Guard().permits(address) is True


@pytest.mark.parametrize("address", [a for a in REFUSED if "%" not in a])
def test_allowing_an_address_permits_it_however_it_is_written(address: str) -> None:
    allowed = ipaddress.ip_address(address)
    mapped = getattr(allowed, "ipv4_mapped", None)
    if mapped is None and allowed in ipaddress.ip_network("64:ff9b::/96"):
        mapped = ipaddress.ip_address(int(allowed) & 0xFFFFFFFF)
    assert Guard([str(mapped or allowed)]).permits(address) is True


def test_an_allowed_network_opens_nothing_else() -> None:
    guard = Guard(["10.1.0.0/16", "fd00:1::/32"])
    seen = [
        guard.permits(a) for a in ("10.1.2.3", "::ffff:10.1.2.3", "fd00:1::5", "10.2.0.1", "127.0.0.1", "fd00:2::1")
    ]
    assert seen == [True, True, True, False, False, False]


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org/feed",
        "http://example.org:80/feed",
        "https://example.org:8443/feed",
        "HTTPS://Example.ORG/feed?q=a@b",
        "https://1.1.1.1/feed",
        "https://[2606:4700:4700::1111]/feed",
        "https://example.org./feed",
        "https://élysée.example/flux",
        "https://9gag.example/feed",
    ],
)
def test_a_web_address_passes(url: str) -> None:
    Guard().check(url)


@pytest.mark.parametrize(
    "url",
    ["", " ", "http://example.org\t@x/", *_vectors("invalid")],
)
def test_what_is_no_public_web_address_is_invalid(url: str) -> None:
    with pytest.raises(Invalid):
        Guard().check(url)


def test_any_port_is_open_on_an_allowed_network_only() -> None:
    guard = Guard(["127.0.0.0/8"])
    guard.check("http://127.0.0.1:49152/feed")
    guard.check("http://localhost:49152/feed")
    guard.check("http://cms.intranet.example:8080/feed")  # a name: judged once it is looked up
    with pytest.raises(Invalid):
        guard.check("http://1.1.1.1:8080/feed")
    with pytest.raises(Forbidden):
        guard.vouch([(2, 1, 6, "", ("1.1.1.1", 8080))])


def test_one_bad_address_spoils_the_answer() -> None:
    infos = [(2, 1, 6, "", ("1.1.1.1", 443)), (10, 1, 6, "", ("fe80::1", 443, 0, 0))]
    assert Guard().vouch(infos[:1]) == ["1.1.1.1"]
    with pytest.raises(Forbidden):
        Guard().vouch(infos)


def test_the_socket_factory_opens_no_socket_to_a_private_address() -> None:
    with pytest.raises(Forbidden):
        Guard().socket_factory((2, 1, 6, "", ("127.0.0.1", 80)))
    Guard().socket_factory((2, 1, 6, "", ("1.1.1.1", 80))).close()
