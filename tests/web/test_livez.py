# SPDX-License-Identifier: AGPL-3.0-or-later
"""``/livez`` answers from beside the relay's loop, so it can say that the loop hangs."""

import asyncio
import http.client
import json
import logging
import socket
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from desk import EIGHT

from relay.clock import RealClock
from relay.house import House
from relay.store.instance import get
from relay.web import health
from relay.web.pulse import STUCK
from relay.web.watchman import watchman

pytestmark = pytest.mark.parametrize("address", ["sqlite"], indirect=True)  # the store makes no difference here

Page = tuple[int, dict[str, Any]]
Ask = Callable[[str], Awaitable[Page]]


def asked(port: int, page: str) -> Page:
    """From a thread, as a prober does."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    connection.request("GET", page)
    answer = connection.getresponse()
    return answer.status, json.loads(answer.read())


async def test_a_loop_that_turns(ask: Ask) -> None:
    """200, and no more than that."""
    assert (200, {"loop": "ok"}) == await ask("/livez")


async def test_a_loop_that_hangs_is_told_of_while_it_hangs(
    house: House, port: int, caplog: pytest.LogCaptureFixture
) -> None:
    """All three pages answer 503, the log names the line; then all is well again."""
    caplog.set_level(logging.INFO, "relay")
    async with watchman(house.health, port):
        pages = ("/livez", "/readyz", "/metrics")
        waiting = [asyncio.create_task(asyncio.to_thread(_later, port, page)) for page in pages]
        await RealClock().sleep(0.1)
        time.sleep(STUCK + 1)  # noqa: ASYNC251 - the stall
        assert [(503, {"loop": "stuck"})] * 3 == [await each for each in waiting]
        await RealClock().sleep(0.6)
        assert (200, {"loop": "ok"}) == await asyncio.to_thread(asked, port, "/livez")
    assert ["loop.stuck", "loop.goes_on"] == [record.message for record in caplog.records if "loop" in record.message]
    assert "test_livez.py" in str(caplog.records[0].__dict__["reason"])


def _later(port: int, page: str) -> Page:
    time.sleep(STUCK + 0.5)
    return asked(port, page)


async def test_the_pages_are_served_on_loopback_only(house: House, port: int) -> None:
    """Nobody else on the network sees them."""
    async with watchman(house.health, port):
        with socket.socket() as other:
            other.bind(("127.0.0.2", port))  # free: the pages are not on every address


async def test_a_port_that_is_taken_is_no_trouble(house: House, port: int) -> None:
    """The relay goes on without its pages."""
    async with watchman(house.health, port) as first, watchman(house.health, port) as second:
        assert (True, False) == (first, second)
    async with watchman(house.health, 0) as unwanted:
        assert not unwanted


async def test_who_asks_often_gets_the_same_answer_for_a_second(
    ask: Ask, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database is not asked."""
    async with house.store.write() as tx:
        await get(tx, EIGHT)
    monkeypatch.setattr(health, "FRESH", 60)
    before = await ask("/readyz")
    house.outside.clock.step(minutes=-5)  # type: ignore[attr-defined]
    assert before == await ask("/readyz")
    monkeypatch.setattr(health, "FRESH", 0)
    assert before != await ask("/readyz")
