# SPDX-License-Identifier: AGPL-3.0-or-later
"""What systemd is told, by the real process on a socket that stands in for systemd's."""

import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import HTTPError

import pytest

from relay.clock import RealClock
from relay.web.systemd import Systemd, supervised

# A loop that hangs, on demand: Python runs a signal's handler in the main thread, that is in the middle of the loop.
PIQUET = """
import signal, sys, time
signal.signal(signal.SIGUSR1, lambda *_: time.sleep(60))
sys.argv = ["piquet", "run"]
from relay.cli import main
main()
"""
USEC = 600_000  # a sign of life is due every 0.3 s


@pytest.fixture(params=["path", "abstract"])
def name(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Of the socket, as NOTIFY_SOCKET gives it."""
    return str(tmp_path / "notify") if request.param == "path" else f"@piquet-test-{os.getpid()}-{tmp_path.name}"


@pytest.fixture
def ear(name: str) -> Iterator[socket.socket]:
    """Where systemd listens."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as made:
        made.bind(f"\0{name[1:]}" if name.startswith("@") else name)
        made.settimeout(20)
        yield made


@contextmanager
def running(home: Path, name: str, port: int) -> Iterator["subprocess.Popen[str]"]:
    told = {
        "PIQUET_HOME": str(home),
        "PIQUET_HEALTH_PORT": str(port),
        "NOTIFY_SOCKET": name,
        "WATCHDOG_USEC": str(USEC),
        "LANG": "C.UTF-8",
    }
    with subprocess.Popen(
        [sys.executable, "-c", PIQUET], env=os.environ | told, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as made:
        try:
            yield made
        finally:
            made.kill()


def heard(ear: socket.socket, seconds: float) -> list[str]:
    """All that is said until nothing was said for so long."""
    said = []
    ear.settimeout(seconds)
    try:
        while True:
            said.append(ear.recv(100).decode())
    except TimeoutError:
        return said


def livez(port: int) -> int:
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        return int(direct.open(f"http://127.0.0.1:{port}/livez", timeout=5).status)
    except HTTPError as answer:
        return answer.code


def test_a_relay_that_works_says_so_until_it_stops(tmp_path: Path, name: str, ear: socket.socket, port: int) -> None:
    """Ready once, a sign of life in every half of the time it has, stopping once."""
    with running(tmp_path, name, port) as made:
        assert ["READY=1", *["WATCHDOG=1"] * 5] == [ear.recv(100).decode() for _ in range(6)]
        assert 200 == livez(port)
        made.send_signal(signal.SIGTERM)
        assert 0 == made.wait(20)
        said = heard(ear, 0.1)
    assert ("STOPPING=1", 1) == (said[-1], said.count("STOPPING=1"))


def test_a_loop_that_hangs_gives_no_sign_of_life(tmp_path: Path, name: str, ear: socket.socket, port: int) -> None:
    """So systemd starts the relay anew; meanwhile its page says what is the matter."""
    with running(tmp_path, name, port) as made:
        assert ["READY=1", *["WATCHDOG=1"] * 3] == [ear.recv(100).decode() for _ in range(4)]
        made.send_signal(signal.SIGUSR1)
        assert set(heard(ear, 3 * USEC / 1e6)) <= {"WATCHDOG=1"}  # what was on its way
        assert [] == heard(ear, USEC / 1e6)
        assert 503 == livez(port)
        made.kill()
        assert "loop.stuck" in made.communicate()[1]


async def test_an_engine_that_stands_still_gives_no_sign_of_life(name: str, ear: socket.socket) -> None:
    """The loop may turn as it likes."""
    ear.setblocking(False)
    well = True
    async with supervised(Systemd({"NOTIFY_SOCKET": name, "WATCHDOG_USEC": "20000"}), lambda: well):
        await RealClock().sleep(0.05)
        well = False
        said = _waiting(ear)
        await RealClock().sleep(0.05)
        assert ({"READY=1", "WATCHDOG=1"}, []) == (set(said), _waiting(ear))
        well = True
        await RealClock().sleep(0.05)
        assert "WATCHDOG=1" in _waiting(ear)


def _waiting(ear: socket.socket) -> list[str]:
    said = []
    try:
        while True:
            said.append(ear.recv(100).decode())
    except BlockingIOError:
        return said


@pytest.mark.parametrize(
    ("environ", "every"),
    [
        ({}, None),
        ({"WATCHDOG_USEC": "30000000"}, 15),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": str(os.getpid())}, 15),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "1"}, None),  # it is meant for our parent
    ],
)
def test_signs_of_life_are_given_where_they_are_asked_for(environ: dict[str, str], every: float | None) -> None:
    """At twice the rate that is wanted."""
    assert every == Systemd(environ).every


def test_nobody_listening_is_no_trouble(tmp_path: Path) -> None:
    """No socket named, or none there."""
    Systemd({}).tell("READY=1")
    Systemd({"NOTIFY_SOCKET": str(tmp_path / "nobody")}).tell("READY=1")
