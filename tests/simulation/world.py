# SPDX-License-Identifier: AGPL-3.0-or-later
"""The relay in a simulated world: the product's own house on a real file, networks, a press, and a clock to play with.

with World(seed, home) as world:
    relay = world.start()
    world.run(minutes=5)
    world.kill(relay)
"""

import asyncio
import gc
import logging
import random
import shutil
import sys
import warnings
from collections.abc import Coroutine, Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from unittest.mock import patch

from simulation.disk import inline
from simulation.fates import Weather
from simulation.hosts import CLASSES, Begun, Host
from simulation.loop import Life, SeededLoop
from simulation.press import Press, handed_in

from relay.house import House
from relay.outside import Outside
from relay.outside.guard import Guard
from relay.settings import Settings
from relay.store.database import Store

ZERO = datetime(2026, 12, 17, 7, 0, tzinfo=UTC)
KEY = b"k" * 32
FILE = "piquet.db"


@dataclass
class SimClock:
    """The relay's wall clock: true time plus ``error`` seconds, which tests set; ``rate``: how fast it runs."""

    loop: SeededLoop
    zero: datetime
    error: float = 0.0
    rate: float = 1.0

    def true(self) -> datetime:
        """What an atomic clock shows."""
        return self.zero + timedelta(seconds=self.loop.time())

    def now(self) -> datetime:
        return self.zero + timedelta(seconds=self.loop.time() * self.rate + self.error)

    def steady(self) -> float:
        return self.loop.time()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(max(0.0, seconds) / self.rate)


@dataclass
class Relay:
    """One process of the relay."""

    life: Life
    house: House
    task: asyncio.Task[Any]


class _Ear(logging.Handler):
    """Hears what the product logs when something failed that should not."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.heard: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.heard.append(record.getMessage() + (f": {record.exc_info[1]!r}" if record.exc_info else ""))


class World:
    """All of it, on one loop. ``home``: a folder with the ledger; ``kinds``: the classes of networks there are;
    ``sweep`` and ``look``: seconds between searches for forgotten work, and between looks at the feed, at least.
    """

    def __init__(
        self, seed: int, home: Path, kinds: str = CLASSES, *, zero: datetime = ZERO, sweep: float = 60, look: float = 45
    ) -> None:
        self.seed, self.home, self.sweep, self.look = seed, home, sweep, look
        self.loop = SeededLoop(seed)
        self.clock = SimClock(self.loop, zero)
        self.press = Press(random.Random(seed + 2))
        self.begun: list[Begun] = []
        self.relays: list[Relay] = []
        self.ear = _Ear()
        self.hosts = {
            kind: Host(kind, self.loop, self.clock.true, Weather(random.Random(f"{seed}{kind}")), self.begun)
            for kind in kinds
        }
        self._exits = ExitStack()

    def __enter__(self) -> Self:
        self._exits.enter_context(_undisturbed())
        self._exits.enter_context(inline())
        self._exits.enter_context(handed_in())
        self._exits.enter_context(patch("relay.house.only_one", lambda store: nullcontext()))
        self._exits.enter_context(patch("relay.house.Parser", lambda: self.press))
        self._exits.enter_context(patch("relay.alerts.lookout.EVERY", self.sweep))
        logger = logging.getLogger("relay")
        logger.addHandler(self.ear)
        self._exits.callback(logger.removeHandler, self.ear)
        self._exits.callback(logger.setLevel, logger.level)
        logger.setLevel(logging.ERROR)  # lines that nobody reads would be a tenth of the time
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for relay in self.relays:
            self.loop.kill(relay.life)
            vars(relay).clear()  # whoever still holds it holds nothing of a dead process
        logging.disable()  # what the remains say while they are unwound
        self.loop.bury()
        self._exits.close()

    @property
    def file(self) -> Path:
        return self.home / FILE

    def start(self, *, dies_at: int = 0) -> Relay:
        """Start a process on the ledger as it lies on the disk; it is killed right before its step ``dies_at``."""
        life = Life(f"relay {len(self.relays) + 1}")
        house = self.house(life.name)
        if dies_at:
            life.fates[dies_at] = lambda: self.loop.kill(life)
        relay = Relay(life, house, self.loop.live(life, house.run()))
        self.relays.append(relay)
        return relay

    def kill(self, relay: Relay) -> None:
        """As SIGKILL does."""
        self.loop.kill(relay.life)

    def run(self, moment: datetime | None = None, **delta: float) -> None:
        """Let time pass, until ``moment`` or for a timedelta's keywords."""
        end = self.loop.time() + timedelta(**delta).total_seconds()
        self.loop.run_until((moment - self.clock.zero).total_seconds() if moment else end)

    def do(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Have something done from outside the relay's processes, as a command does."""
        task = self.loop.create_task(work)
        self.loop.run_until(self.loop.time() + 60, task.done)
        return task.result()

    def at(self, moment: datetime, act: Any) -> None:
        """Have something happen at that true moment."""
        self.loop.call_at((moment - self.clock.zero).total_seconds(), act)

    def store(self) -> Store:
        """A command's own store."""
        return Store(f"sqlite:///{self.file}")

    def house(self, name: str) -> House:
        """The rooms, joined as the product joins them."""
        numbers = count()
        settings = Settings(
            home=self.home, key=KEY, database=f"sqlite:///{self.file}", key_file="", look_floor=self.look
        )
        outside = Outside(
            clock=self.clock,
            http=self.press,  # type: ignore[arg-type]  # the press is all the web there is
            guard=Guard(),
            rng=random.Random(f"{self.seed} {name}"),
            ids=lambda: f"{name}.{next(numbers)}",
        )
        networks = {kind.lower(): host.network() for kind, host in self.hosts.items()}
        return House(settings, self.store(), outside, networks, self.sweep)


def copied(source: Path, target: Path) -> Path:
    """The folder ``target`` with a copy of the ledger in ``source``, and nothing of an earlier run."""
    target.mkdir(parents=True, exist_ok=True)
    for left in target.glob(f"{FILE}-*"):
        left.unlink()
    shutil.copy(source / FILE, target / FILE)
    return target


@contextmanager
def _undisturbed() -> Iterator[None]:
    """What killed processes leave behind is swept up at the end, unheard: a real one's memory is simply gone."""
    gc.disable()
    hook, sys.unraisablehook = sys.unraisablehook, lambda _: None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            gc.collect()  # quick: what was frozen before is not looked at
            gc.freeze()
            yield
            while gc.collect():  # what is swept up may leave more behind
                pass
    finally:
        sys.unraisablehook = hook
        logging.disable(logging.NOTSET)
        gc.enable()
