# SPDX-License-Identifier: AGPL-3.0-or-later
"""Look-ups: apart from the work of the house, with a deadline, remembered for a while if they fail, vouched for."""

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import aiohttp
import pytest

from relay.faults import FeedUnreachable
from relay.feeds.http.fetch import fetch
from relay.outside import lookup
from relay.outside.guard import Forbidden, Guard
from relay.outside.lookup import Lookup

Look = Callable[..., Any]


class Names:
    """The machine's resolver: ``silent.…`` hangs until the test is over, ``no.…`` does not exist."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.begun, self.over = threading.Event(), threading.Event()

    def look_up(self, name: str, port: int, *_: object, **__: object) -> list[tuple[object, ...]]:
        self.asked.append(name)
        self.begun.set()
        if name.startswith("silent"):
            self.over.wait(10)
        if name.startswith("later"):
            raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
        if name.startswith("no"):
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        private = name.startswith("inward")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("10.0.0.1" if private else "93.184.216.34", port))]


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Iterator[Names]:
    made = Names()
    monkeypatch.setattr(socket, "getaddrinfo", made.look_up)
    yield made
    made.over.set()


async def test_a_thousand_silent_names_hold_nobody_up_longer_than_their_deadline(names, monkeypatch) -> None:
    """Neither other names, nor what else works in the loop's threads; each is given up at its own deadline."""
    monkeypatch.setattr(lookup, "DEADLINE", 0.02)
    loop = asyncio.get_running_loop()
    loop.set_default_executor(ThreadPoolExecutor(2))
    look = Lookup(Guard())
    silent = [asyncio.create_task(look.resolve(f"silent{n}.test", 80)) for n in range(1000)]
    await asyncio.sleep(0)
    begun = loop.time()
    assert await asyncio.to_thread(lambda: "posted") == "posted"
    assert (await look.resolve("news.test", 80))[0]["host"] == "93.184.216.34"
    took = loop.time() - begun
    outcomes = await asyncio.gather(*silent, return_exceptions=True)
    assert {type(each) for each in outcomes} == {socket.gaierror}
    assert took < 5  # of 1000 one after the other in two threads it would be for ever


async def test_a_name_that_fails_is_asked_for_again_after_a_while(names, monkeypatch) -> None:
    look = Lookup(Guard())
    for _ in range(3):
        with pytest.raises(socket.gaierror):
            await look.resolve("no.test", 80)
    assert names.asked == ["no.test."]
    monkeypatch.setattr(lookup, "FORGETS", 0.0)
    look = Lookup(Guard())
    for _ in range(2):
        with pytest.raises(socket.gaierror):
            await look.resolve("no.test", 80)
    assert names.asked == ["no.test."] * 3


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("silent.test", "The name silent.test cannot be looked up at the moment. Check it, or try again later."),
        ("later.test", "The name later.test cannot be looked up at the moment. Check it, or try again later."),
        ("no.test", "There is no server named no.test. Check the spelling of the address."),
    ],
)
async def test_people_are_told_which_name_cannot_be_looked_up(names, strangers, monkeypatch, name, sentence) -> None:
    """A name server that is silent is none that knows no such name."""
    monkeypatch.setattr(lookup, "DEADLINE", 0.02)
    for _ in range(2):
        with pytest.raises(FeedUnreachable, match=f"^{sentence}$"):
            await fetch(strangers, f"https://{name}/feed")


async def test_what_is_remembered_has_a_limit(names, monkeypatch) -> None:
    monkeypatch.setattr(lookup, "MOST", 3)
    look = Lookup(Guard())
    for n in range(10):
        with pytest.raises(socket.gaierror):
            await look.resolve(f"no{n}.test", 80)
    assert len(look._failed) <= 3


async def test_the_end_of_a_name_keeps_search_domains_out_of_the_look_up_alone(names) -> None:
    """What TLS and the Host header are made from has no dot; on an instance with an intranet nothing has."""
    found = await Lookup(Guard()).resolve("news.test", 443)
    await Lookup(Guard(["10.0.0.0/8"])).resolve("news.test", 443)
    assert (found[0]["hostname"], found[0]["port"], names.asked) == ("news.test", 443, ["news.test.", "news.test"])


@pytest.mark.parametrize("name", ["inward.test", "printer.local", "x.onion", "a" * 64 + ".test", "a..test"])
async def test_a_name_that_leads_inward_or_nowhere_is_forbidden(names, name) -> None:
    with pytest.raises(Forbidden):
        await Lookup(Guard()).resolve(name, 80)


async def test_names_of_an_allowed_network_may_be_inward_but_never_onion(names) -> None:
    look = Lookup(Guard(["10.0.0.0/8"]))
    assert (await look.resolve("inward.internal", 80))[0]["host"] == "10.0.0.1"
    with pytest.raises(Forbidden):
        await look.resolve("x.onion", 80)


async def test_a_look_up_that_hangs_keeps_no_process_alive(names) -> None:
    look = asyncio.create_task(Lookup(Guard()).resolve("silent.test", 80))
    await asyncio.to_thread(names.begun.wait, 5)
    threads = [each for each in threading.enumerate() if each.name == "piquet look-up" and not each.daemon]
    look.cancel()
    with pytest.raises(asyncio.CancelledError):
        await look
    assert threads == []


async def test_one_look_up_serves_all_that_wait_for_it(names) -> None:
    """As aiohttp arranges: a name that many feeds share is asked for once."""
    connector = aiohttp.TCPConnector(resolver=Lookup(Guard()))
    await asyncio.gather(*(connector._resolve_host("news.test", 80) for _ in range(20)))
    await connector.close()
    assert names.asked == ["news.test."]
