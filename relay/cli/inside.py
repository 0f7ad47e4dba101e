# SPDX-License-Identifier: AGPL-3.0-or-later
"""Inside the house: log set up, rooms open, and one event loop for everything a command does.

    with inside() as here:
        row = here.do(found(here.house, ...))

Questions are asked between two acts, outside of the loop, so that Ctrl-C ends them at once.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from sqlmodel.ext.asyncio.session import AsyncSession

from relay import log
from relay.cli.told import told
from relay.house import House, open_house

T = TypeVar("T")
Act = Callable[[AsyncSession], Awaitable[T]]


@dataclass(frozen=True)
class Inside:
    """An open house, and the loop that its rooms live in."""

    house: House
    runner: asyncio.Runner

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        """Run ``work`` to its end."""
        return self.runner.run(work)

    def read(self, look: Act[T]) -> T:
        """Look something up in one consistent state of the database."""

        async def work() -> T:
            async with self.house.store.read() as tx:
                return await look(tx)

        return self.do(work())

    def write(self, act: Act[T]) -> T:
        """Carry out an act in one transaction: all of it is kept, or nothing."""

        async def work() -> T:
            async with self.house.store.write() as tx:
                result = await act(tx)
            await self.house.rouse()
            return result

        return self.do(work())

    @property
    def now(self) -> datetime:
        """The present, aware UTC."""
        return self.house.outside.clock.now()


@contextmanager
def inside() -> Iterator[Inside]:
    """The house of the settings, open until the block ends.

    Raises Invalid for settings that cannot be used, Unusable where there is no ground to stand on.
    """
    settings = told.get().settings()
    log.configure("debug" if told.get().debug else settings.log_level, settings.log_format)
    with asyncio.Runner() as runner:
        stack = AsyncExitStack()
        house = runner.run(stack.enter_async_context(open_house(settings)))
        try:
            yield Inside(house, runner)
        finally:
            runner.run(stack.aclose())
