# SPDX-License-Identifier: AGPL-3.0-or-later
"""A person at a terminal the evening before: an empty home, a town on loopback, and the command ``piquet``."""

import asyncio
import logging
import os
import threading
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from relay.cli import inside, root
from relay.clock import ManualClock
from relay.house import open_house
from relay.i18n import speak
from relay.settings import load
from relay.square.mastodon import LookalikeMastodon
from relay.square.pds import Pds
from relay.square.press import Press

EVENING = datetime(2026, 12, 16, 18, tzinfo=UTC)  # 19:00 in Paris
TOKEN = "a-token-of-the-desk"
Piquet = Callable[..., Result]


@pytest.fixture
def log_as_before() -> Iterator[None]:
    """A command sets the log up for its process; the tests that follow have theirs back."""
    heard = [logging.getLogger(name) for name in ("", "relay")]
    before = [(each, each.level, list(each.handlers)) for each in heard]
    yield
    for each, level, handlers in before:
        each.setLevel(level)
        each.handlers[:] = handlers


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, log_as_before: None) -> Path:
    """An empty home, loopback allowed, English spoken, nothing else in the environment."""
    for name in [name for name in os.environ if name.startswith("PIQUET_") or name in ("LC_ALL", "LC_MESSAGES")]:
        monkeypatch.delenv(name)
    place = tmp_path / "home"
    monkeypatch.setenv("PIQUET_HOME", str(place))
    monkeypatch.setenv("PIQUET_ALLOW_NETWORKS", "127.0.0.0/8, ::1/128")
    monkeypatch.setenv("PIQUET_HEALTH_PORT", "0")
    monkeypatch.setenv("LANG", "C.UTF-8")
    monkeypatch.setenv("TZ", "Europe/Paris")
    monkeypatch.chdir(tmp_path)
    speak("en")
    return place


@pytest.fixture
def on_each_store(home: Path, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once in a file, once on a server."""
    monkeypatch.setenv("PIQUET_DATABASE", address)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> ManualClock:
    """The clock of every command of a test."""
    made = ManualClock(EVENING)
    monkeypatch.setattr(inside, "open_house", partial(open_house, clock=made))
    return made


@pytest.fixture
def piquet(home: Path, clock: ManualClock) -> Piquet:
    """Run the command with these words; ``typed`` is what a person answers."""

    def run(*words: str, typed: str | None = None) -> Result:
        return CliRunner().invoke(root.app, [str(word) for word in words], input=typed, prog_name="piquet")

    return run


@pytest.fixture
def attended(monkeypatch: pytest.MonkeyPatch) -> None:
    """A person sits at the terminal: their answers are ``typed``."""
    monkeypatch.setattr("typer.testing._NamedTextIOWrapper.isatty", lambda self: self.name == "<stdin>")


@dataclass(frozen=True)
class Town:
    """A newsroom, a Mastodon and a PDS, served by a thread of their own."""

    press: Press
    mastodon: LookalikeMastodon
    pds: Pds
    handle: str
    folder: Path

    @property
    def app_password(self) -> Path:
        return self.folder / "bluesky.txt"

    @property
    def token(self) -> Path:
        return self.folder / "mastodon.txt"


@pytest.fixture
def town(tmp_path: Path, clock: ManualClock) -> Iterator[Town]:
    """Open for business, with one account on each network and the secrets of both in files."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    def wait(work: Coroutine[Any, Any, object]) -> None:
        asyncio.run_coroutine_threadsafe(work, loop).result(10)

    made = Town(Press(clock), LookalikeMastodon(clock), Pds(clock), "desk.test", tmp_path)
    for each in (made.press, made.mastodon, made.pds):
        wait(each.start())
    made.press.publish("An old story")
    made.mastodon.create_account("desk", token=TOKEN)
    made.token.write_text(f"{TOKEN}\n")
    made.app_password.write_text(made.pds.join(made.handle)["app_password"])
    yield made
    for each in (made.press, made.mastodon, made.pds):
        wait(each.stop())
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


@pytest.fixture
def ready(piquet: Piquet, town: Town) -> Piquet:
    """Newsroom, feed and both accounts are there."""
    for words in (
        ("newsroom", "add", "L’Écho du Lac", "--language", "fr"),
        ("feed", "add", town.press.feed),
        (
            "account",
            "connect",
            "mastodon",
            "--instance",
            town.mastodon.address,
            "--token-file",
            town.token,
            "--entitled",
        ),
        (
            *("account", "connect", "bluesky", "--handle", town.handle, "--service", town.pds.address),
            *("--token-file", town.app_password, "--entitled"),
        ),
    ):
        done = piquet(*words)
        assert 0 == done.exit_code, done.output
    return piquet


@pytest.fixture
def plan(ready: Piquet) -> Callable[..., Result]:
    """Plan the strike of the story, with more options."""
    window = ("--window", "2026-12-17 09:00-19:00")
    return partial(ready, "strike", "plan", "--name", "Grève des retraites", *window, "--demand", "Deux postes de plus")


@pytest.fixture
def work(clock: ManualClock) -> Callable[[], None]:
    """What ``piquet run`` does with all that is due by the clock."""

    async def due() -> None:
        async with open_house(load(os.environ), clock=clock) as house:
            await house.run_due()

    return lambda: asyncio.run(due())


@pytest.fixture
def a_while(work: Callable[[], None], clock: ManualClock) -> Callable[[], None]:
    """Twenty minutes with the relay at work: long enough for a look at the feed and all that follows."""

    def passes() -> None:
        for _ in range(4):
            clock.advance(minutes=5)
            work()

    return passes


@pytest.fixture
def struck(
    ready: Piquet, plan: Piquet, work: Callable[[], None], a_while: Callable[[], None], clock: ManualClock, town: Town
) -> Piquet:
    """The next morning: the strike is on, one article was answered on both accounts."""
    for done in (plan(), ready("strike", "arm")):
        assert 0 == done.exit_code, done.output
    work()
    clock.advance(hours=14, minutes=1)
    work()
    town.press.publish("Un")
    a_while()
    return ready
