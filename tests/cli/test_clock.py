# SPDX-License-Identifier: AGPL-3.0-or-later
"""``piquet clock`` and the health pages as a person meets them."""

import json
import os
import socket
import subprocess
import time
import urllib.request
from collections.abc import Callable
from typing import Any
from urllib.error import HTTPError

import pytest
from commandline import COMMAND, process, until
from typer.testing import Result

from relay.cli.run import tell_of_clock
from relay.clock import ManualClock
from relay.house import open_house
from relay.settings import load

Piquet = Callable[..., Result]
Work = Callable[[], None]


def held(piquet: Piquet) -> bool:
    return bool(json.loads(piquet("clock", "--json").stdout)["held"])


def test_a_clock_that_nobody_set_is_trusted(ready: Piquet, work: Work) -> None:
    """Before the first relay has worked, and after."""
    assert "✓ The clock is trusted: it is 2026-12-16 18:00:00 UTC." in ready("clock").stdout
    work()
    assert "✓" in ready("clock").stdout
    assert not held(ready)


def test_a_clock_that_was_set_back_is_explained_wherever_one_looks(
    ready: Piquet, work: Work, clock: ManualClock
) -> None:
    """``clock`` says what is held, why, and both ways out; status and doctor name it."""
    work()
    clock.step(hours=-2)
    said = ready("clock").stdout
    assert "shows 2026-12-16 16:00:00 UTC, but Piquet has already seen 2026-12-16 18:00:00 UTC" in said
    assert all(words in said for words in ("2 hours", "Nothing is sent", "set it", "piquet clock --trust"))
    assert "“piquet clock” says what to do" in ready("status").stdout
    assert (1, True) == (ready("doctor").exit_code, "“piquet clock” says what to do" in ready("doctor").stdout)


def test_a_person_may_trust_the_clock(ready: Piquet, work: Work, clock: ManualClock) -> None:
    """From then on the relay goes by it."""
    work()
    clock.step(hours=-2)
    assert held(ready)
    assert "✓ The clock is trusted" in ready("clock", "--trust").stdout
    work()
    assert (False, True) == (held(ready), "piquet clock" not in ready("status").stdout)


@pytest.fixture
def port(home: Any, monkeypatch: pytest.MonkeyPatch) -> int:
    """Of the pages."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        number: int = probe.getsockname()[1]
    monkeypatch.setenv("PIQUET_HEALTH_PORT", str(number))
    return number


def once_ready(port: int) -> set[str]:
    """The words of /readyz as soon as it is; the test's own timeout ends a wait in vain."""
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    while True:
        try:
            return set(json.loads(direct.open(f"http://127.0.0.1:{port}/readyz", timeout=5).read()).values())
        except HTTPError:  # the relay has not come by yet
            time.sleep(0.1)


def test_the_relay_and_its_pages_may_be_two_processes(port: int) -> None:
    """The second to come goes on without pages, and says so."""
    with process("web") as pages:
        assert f"http://127.0.0.1:{port}" in until(pages, "Ctrl-C")
        with process("run") as relay:
            assert f"Port {port} is taken" in until(relay, "taken")
            until(relay, "at work")
            assert {"ok"} == once_ready(port)


def test_pages_that_cannot_be_served(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """One sentence that says what to do."""
    with socket.create_server(("127.0.0.1", port)):
        done = subprocess.run([*COMMAND, "web"], capture_output=True, text=True, check=False)
    assert (1, True) == (done.returncode, "choose another health_port" in done.stderr)
    monkeypatch.setenv("PIQUET_HEALTH_PORT", "0")
    done = subprocess.run([*COMMAND, "web"], capture_output=True, text=True, check=False)
    assert (2, True) == (done.returncode, "choose a port" in done.stderr)


async def test_a_relay_at_work_says_when_it_holds_and_when_it_goes_on(
    home: Any, clock: ManualClock, capsys: pytest.CaptureFixture[str]
) -> None:
    """A line each, once."""
    async with open_house(load(os.environ), clock=clock) as house:
        await house.timekeeper.keep()
        held = tell_of_clock(house, False)
        clock.step(hours=-1)
        held = tell_of_clock(house, tell_of_clock(house, held))
        clock.step(hours=1)
        assert not tell_of_clock(house, held)
    first, second = capsys.readouterr().out.splitlines()
    assert ("! This machine’s clock was set" in first, "✓ The clock is trusted again" in second) == (True, True)
