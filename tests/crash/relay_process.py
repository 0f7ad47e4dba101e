# SPDX-License-Identifier: AGPL-3.0-or-later
"""Relays as processes, borne by the nursery."""

import asyncio
import base64
import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from relay.clock import RealClock

TESTS = Path(__file__).parents[1]
KEY = b"k" * 32


class Nursery:
    """``crash.nursery`` and what it bore; everything ends with ``close``. ``under``: a command that watches them."""

    def __init__(self, *under: str) -> None:
        self._made = subprocess.Popen(
            [*under, sys.executable, "-m", "crash.nursery"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | {"PYTHONPATH": f"{TESTS}:{TESTS.parent}"},
        )

    def bear(self, home: Path, database: str, plan: Mapping[str, object], *words: str) -> "Relay":
        """A new ``piquet run``, or another command if there are ``words``."""
        key = base64.b64encode(KEY).decode()
        order = {"words": words or ("run",), "home": str(home), "database": database, "key": key, "plan": plan}
        return Relay(self.ask(order)["pid"], home, self)

    def ask(self, order: Mapping[str, object]) -> dict[str, int]:
        assert self._made.stdin is not None
        assert self._made.stdout is not None
        self._made.stdin.write(json.dumps(order) + "\n")
        self._made.stdin.flush()
        answer: dict[str, int] = json.loads(self._made.stdout.readline())
        return answer

    def close(self) -> None:
        self._made.communicate()


@dataclass
class Relay:
    """One running ``piquet``."""

    pid: int
    home: Path
    nursery: Nursery
    code: int | None = None

    @property
    def said(self) -> str:
        """What it wrote on its screen."""
        log = self.home / f"log-{self.pid}"
        return log.read_text() if log.exists() else ""

    async def at_work(self) -> None:
        """Returns once it has told that it is."""
        while "Piquet is at work" not in self.said:
            await RealClock().sleep(0.02)

    def kill(self) -> None:
        """As the kernel does when memory is out."""
        os.kill(self.pid, signal.SIGKILL)

    def freeze(self) -> None:
        """As a laptop does whose lid is closed."""
        os.kill(self.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        """Open the lid."""
        os.kill(self.pid, signal.SIGCONT)

    def ask(self) -> None:
        """To leave, as a service manager does."""
        os.kill(self.pid, signal.SIGTERM)

    async def end(self, seconds: float = 10.0) -> int:
        """Ask it to leave, as soon as it can hear that; its exit code. Raises TimeoutError."""
        await self.at_work()
        self.ask()
        return await self.ended(seconds)

    async def ended(self, seconds: float = 10.0) -> int:
        """Its exit code, negative for the signal it died of. Raises TimeoutError, after killing it."""
        watched, gone, loop = os.pidfd_open(self.pid), asyncio.Event(), asyncio.get_running_loop()
        loop.add_reader(watched, gone.set)
        try:
            async with asyncio.timeout(seconds):
                await gone.wait()
        except TimeoutError:
            self.kill()
            raise
        finally:
            loop.remove_reader(watched)
            os.close(watched)
            self.code = self.nursery.ask({"wait": self.pid})["code"]
        return self.code

    async def bury(self) -> None:
        """See to it that it is gone."""
        if self.code is None:
            self.kill()
            await self.ended()
