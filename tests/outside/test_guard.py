# SPDX-License-Identifier: AGPL-3.0-or-later
"""The guard's policy, vector by vector: literal addresses, web addresses, whole look-ups."""

import ipaddress
import re

import pytest
from outside.internet import vectors

from relay.faults import Invalid
from relay.outside.guard import Forbidden, Guard

REFUSED = vectors("refused")
PERMITTED = vectors("permitted")


def test_a_private_or_reserved_address_is_refused() -> None:
    assert [address for address in REFUSED if Guard().permits(address)] == []


def test_a_public_address_is_permitted() -> None:
    assert [address for address in PERMITTED if not Guard().permits(address)] == []


def test_allowing_an_address_permits_it_however_it_is_written() -> None:
    closed = []
    for address in (each for each in REFUSED if "%" not in each):
        allowed = ipaddress.ip_address(address)
        meant = getattr(allowed, "ipv4_mapped", None)
        if meant is None and allowed in ipaddress.ip_network("64:ff9b::/96"):
            meant = ipaddress.ip_address(int(allowed) & 0xFFFFFFFF)
        if not Guard([str(meant or allowed)]).permits(address):
            closed.append(address)
    assert closed == []


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
        "http://ｅｘａｍｐｌｅ.org/feed",
        "http://example.org:/feed",
        "https://example.org/a feed.xml?é=[1]",
        "https://exa_mple.org/feed",
        "https://onion.example/local.internal",
    ],
)
def test_a_web_address_passes(url: str) -> None:
    Guard().check(url)


@pytest.mark.parametrize("list_of", ["forms", "places"])
def test_what_is_no_public_web_address_is_invalid(list_of: str) -> None:
    """Whether or not its origin, or one that looks like it, has passed before."""
    guard = Guard()
    for url in ["https://example.org/", "http://example.org/", "http://example.org:80/"]:
        guard.check(url)
    urls = ["", " ", "//example.org/feed", "example.org", "/feed", "https:example.org", *vectors(list_of)]
    told = {url: _told(guard, url.replace("{port}", "80")) for url in urls}
    assert [url for url, sentence in told.items() if not (sentence.isprintable() and sentence.endswith("."))] == []


def _told(guard: Guard, url: str) -> str:
    """What a person is told about ``url``, "" if there is nothing against it."""
    try:
        guard.check(url)
    except Invalid as no:
        return str(no)
    return ""


def test_an_origin_that_passed_is_not_judged_again(monkeypatch) -> None:
    guard, judged = Guard(), []
    judge = guard._judge
    monkeypatch.setattr(guard, "_judge", lambda url: (judged.append(url), judge(url)))
    for path in ("", "/", "/feed", "/feed?x=1#y", "#z", "?q"):
        guard.check(f"https://example.org:8443{path}")
    for odd in ("\\@10.0.0.1", "/\\", "/\t", "@10.0.0.1/", ":22/", ".local/"):
        with pytest.raises(Invalid):
            guard.check(f"https://example.org:8443{odd}")
    assert (judged[0], len(judged)) == ("https://example.org:8443", 7)


def test_origins_are_remembered_within_a_limit(monkeypatch) -> None:
    monkeypatch.setattr("relay.outside.guard.MOST", 3)
    guard = Guard()
    for n in range(10):
        guard.check(f"https://h{n}.example/feed")
    assert len(guard._passed) <= 3


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("http://x.ONION/", "x.onion is in the Tor network, which Piquet cannot reach. Give an address of the web."),
        (
            "http://cms.internal/",
            "cms.internal lies on a private network. Give a public address, or add that network to allow_networks.",
        ),
    ],
)
def test_names_of_other_nets_are_refused_in_one_sentence(url: str, sentence: str) -> None:
    with pytest.raises(Invalid, match=f"^{re.escape(sentence)}$"):
        Guard().check(url)


def test_names_that_lead_inward_are_for_instances_with_an_intranet() -> None:
    guard = Guard(["10.0.0.0/8"])
    for name in ("cms.internal", "cms.local", "cms.home.arpa"):
        guard.check(f"https://{name}/feed")
    with pytest.raises(Invalid):
        guard.check("http://x.onion/")


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
