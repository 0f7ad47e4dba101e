# SPDX-License-Identifier: AGPL-3.0-or-later
"""Does the relay work? One word a thing it stands on; ``ok``, or what is the matter."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

OK = "ok"
PATIENCE = 1.5  # seconds until a thing that does not answer is called slow

Check = Callable[[], Awaitable[str]]


class Readiness:
    """Asks each check; one that still hangs is not asked again, and is ``slow``."""

    def __init__(self, checks: Mapping[str, Check]) -> None:
        self._checks = checks
        self._asked: dict[str, asyncio.Task[str]] = {}

    async def look(self) -> dict[str, str]:
        """A word for every check."""
        for name, check in self._checks.items():
            if name not in self._asked:
                self._asked[name] = asyncio.create_task(_word(check))
        await asyncio.wait(self._asked.values(), timeout=PATIENCE)
        said = {name: self._asked.pop(name).result() for name, task in list(self._asked.items()) if task.done()}
        return {name: said.get(name, "slow") for name in self._checks}

    async def aclose(self) -> None:
        """Ask no more."""
        for task in self._asked.values():
            task.cancel()
        await asyncio.gather(*self._asked.values(), return_exceptions=True)


async def _word(check: Check) -> str:
    try:
        return await check()
    except Exception:  # whatever it is, it keeps the relay from its work
        return "broken"
