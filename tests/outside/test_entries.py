# SPDX-License-Identifier: AGPL-3.0-or-later
"""No entry (see entries.py) can be talked into contacting what is not public; what is public still works at each."""

import ipaddress
import re
import socket
import ssl
from collections.abc import Mapping
from urllib.parse import urlsplit

import pytest
from desk import EIGHT
from outside.entries import (
    ALOUD,
    API,
    ENTRIES,
    HOME,
    TYPED,
    Enter,
    approval,
    bluesky,
    clock,
    feed,
    hook,
    hub,
    mail,
    mastodon,
    page,
    pds,
    redirect,
    server,
    typed,
)
from outside.internet import EXAMPLE, OTHER, SIX, Internet, answer, vectors

from relay.alerts import herald
from relay.clock import ManualClock
from relay.faults import Problem
from relay.outside import Outside
from relay.outside.guard import Guard
from relay.outside.http import Door

EACH = pytest.mark.parametrize("enter", ENTRIES)
ALSO_MAIL = pytest.mark.parametrize("enter", [*ENTRIES, mail])


@pytest.fixture(autouse=True)
def world(internet: Internet, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A few public names; and, where a herald is at work, its guard, in this process for once."""
    internet.names = {"example.org": [[EXAMPLE]]}
    if request.node.callspec.params["enter"] in (hook, mail):
        monkeypatch.setattr(socket, "getaddrinfo", socket.getaddrinfo)
        herald._bar(Guard())
        trust = ssl.create_default_context()  # costs 50 ms each time
        monkeypatch.setattr(ssl, "create_default_context", lambda *_, **__: trust)


async def entered(enter: Enter, outside: Outside, internet: Internet, url: str) -> str:
    """The sentence that a person reads, "" if there is none."""
    try:
        await enter(outside, internet, url.replace("{port}", str(internet.port)))
    except Problem as problem:
        return str(problem)
    return ""


async def refused(enter: Enter, outside: Outside, internet: Internet, urls: list[str]) -> list[tuple[str, object]]:
    """What went wrong: who was reached or tried that must not be, and what people were told that is no sentence."""
    wrong: list[tuple[str, object]] = []
    for url in urls:
        sentence = await entered(enter, outside, internet, url)
        if internet.rung or internet.astray():
            wrong.append((url, (internet.rung, internet.astray())))
        if (enter in TYPED and not sentence.endswith(".")) or "Errno" in sentence or "Error" in sentence:
            wrong.append((url, sentence))
        internet.tried.clear()
        internet.rung = 0
    return wrong


@ALSO_MAIL
async def test_no_address_leads_inward(enter, strangers, internet) -> None:
    places = vectors("places")
    assert len(places) >= 120
    assert await refused(enter, strangers, internet, places) == []


@EACH
async def test_no_address_of_an_odd_form_leads_anywhere_but_to_the_web(enter, strangers, internet) -> None:
    assert await refused(enter, strangers, internet, vectors("forms")) == []
    if enter in (*TYPED, clock):
        assert internet.heard == []


@ALSO_MAIL
async def test_no_name_leads_inward(enter, strangers, internet) -> None:
    """One private address spoils the answer: its public addresses are not tried either."""
    for line in vectors("names"):
        name, *addresses = line.split()
        internet.names[name] = [addresses]
        spoilt = f"http://{name}/"
        assert await refused(enter, strangers, internet, [spoilt]) == []
        assert [each for each in internet.heard if each.startswith(name)] == []


@EACH
async def test_a_name_that_turns_inward_is_left_where_it_was_vouched_for(enter, strangers, internet) -> None:
    """DNS rebinding: the address connected to is that of the look-up that was judged, however many there are."""
    internet.names["turn.test"] = [[EXAMPLE], ["127.0.0.1"]]
    scheme = "https" if enter is server else "http"
    for _ in range(2):
        await entered(enter, strangers, internet, f"{scheme}://turn.test/")
    assert (internet.rung, internet.astray()) == (0, [])
    assert EXAMPLE in [host for host, _ in internet.tried]


AWAY = (
    *("http://127.0.0.1:{port}/", "http://[::1]:{port}/", "//127.0.0.1:{port}/", "///127.0.0.1:{port}/"),
    *("http:\\\\127.0.0.1:{port}\\", "/\\127.0.0.1:{port}/", "http://example.org@127.0.0.1:{port}/", "http:127.0.0.1"),
    *("file:///etc/passwd", "ftp://example.org/", "gopher://127.0.0.1:{port}/", "unix:///run/x", "data:,x", "", "//"),
    *(
        "http://169.254.169.254/",
        "http://example.org:25/",
        "http://localhost:{port}",
        "http://0x7f.1:{port}/",
        "http://[",
    ),
)


@pytest.mark.parametrize("enter", [feed, typed, hub, clock, approval, mastodon, bluesky, pds, hook])
async def test_no_redirect_leads_inward(enter, strangers, internet) -> None:
    sent = [
        answer(f"{status} Away", b"", b"Location: " + each.replace("{port}", str(internet.port)).encode())
        for each in AWAY
        for status in (301, 302, 303, 307, 308)
    ]
    left = iter(sent)

    def respond(path: str, headers: Mapping[str, str]) -> bytes:
        return next(left, answer())

    while left.__length_hint__():
        internet.respond = respond
        await entered(enter, strangers, internet, HOME)
    assert (internet.rung, internet.astray()) == (0, [])


@pytest.mark.parametrize("enter", [page, redirect])
async def test_a_password_that_a_server_names_is_not_sent_on(enter, strangers, internet) -> None:
    assert await entered(enter, strangers, internet, "http://desk:secret@example.org/x")
    assert internet.heard in (["example.org/a-page"], ["example.org/away"])


@EACH
async def test_what_is_public_still_works(enter, strangers, internet) -> None:
    """Ports, dots, capitals, other alphabets, literals of both families; and names that only look like others."""
    internet.names |= {name: [[EXAMPLE]] for name in ("under_score.test", "3com.test", "localhost.test", "onion.test")}
    internet.names |= {"xn--lyse-9oad.test": [[OTHER]], "six.test": [[SIX]], "both.test": [[SIX, EXAMPLE]]}
    internet.names["local.internal.test"] = [[EXAMPLE]]
    lines = [line.split() for line in vectors("controls")]
    reached = []
    for url, address in lines:
        internet.tried.clear()
        await entered(enter, strangers, internet, _as_taken(enter, url))
        if {ipaddress.ip_address(host) for host, _ in internet.tried} >= {ipaddress.ip_address(address)}:
            reached.append(url)
    assert [url for url, _ in lines if url not in reached and not _not_taken(enter, url)] == []
    assert len(reached) >= 20
    assert (internet.rung, internet.astray()) == (0, [])


def _as_taken(enter: Enter, url: str) -> str:
    """The base of the address where paths are added to it; encrypted where nothing else is taken."""
    parts = urlsplit(url)
    base = f"{parts.scheme}://{parts.netloc}"
    return url if enter not in (*API, server) else base.replace("http:", "https:") if enter is server else base


def _not_taken(enter: Enter, url: str) -> bool:
    """Mastodon servers have names; Apprise takes addresses in ASCII, and what follows a ? for options of its own."""
    return (enter is server and "[" in url) or (
        enter is hook and re.search(r"[^\x00-\x7f]|[?#]|:/feed", url) is not None
    )


@pytest.mark.parametrize("enter", [*ALOUD, *API, hub])  # for alerts see tests/alerts/test_receivers.py
async def test_an_allowed_network_is_reached(enter, internet) -> None:
    """Under its number and under a name of its own, on any port."""
    internet.names["localhost"] = internet.names["cms.internal"] = [["127.0.0.1"]]
    guard = Guard(["127.0.0.0/8", "::1/128"])
    outside = Outside(ManualClock(EIGHT), Door(guard, "Piquet tests"), guard)
    rung = []
    for place in ("http://127.0.0.1:{port}", "http://localhost:{port}", "http://cms.internal:{port}"):
        before = internet.rung
        await entered(enter, outside, internet, place.replace("http:", "https:") if "cms" in place else place)
        rung.append(internet.rung > before)
    await outside.http.aclose()
    assert rung == [True] * 3
