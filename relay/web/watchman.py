# SPDX-License-Identifier: AGPL-3.0-or-later
"""The watchman stands beside the relay, in a thread and a loop of his own: he serves the pages, and when the relay's
loop hangs he tells of it while it hangs.
"""

import asyncio
import sys
import threading
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from aiohttp import web

from relay import log
from relay.clock import RealClock
from relay.web.app import make_app
from relay.web.health import Health
from relay.web.listening import listen
from relay.web.pulse import BEAT, Pulse

PATIENCE = 2.0  # seconds for the relay's loop to answer

T = TypeVar("T")
Ask = Callable[[], Coroutine[Any, Any, T]]


@asynccontextmanager
async def watchman(health: Health, port: int) -> AsyncIterator[bool]:
    """He is there until the block ends; yields whether the pages are served. ``port`` 0: they are not asked for."""
    here, there = asyncio.get_running_loop(), asyncio.new_event_loop()
    thread = threading.Thread(target=there.run_forever, name="piquet-watchman", daemon=True)
    thread.start()
    app = make_app(health.pulse, _asking(here, health.ready), _asking(here, health.figures))
    runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=PATIENCE)
    beating = asyncio.create_task(health.pulse.run())
    watching = asyncio.run_coroutine_threadsafe(_watch(health.pulse, threading.get_ident()), there)
    try:
        yield await _in(there, listen(runner, port)) if port else False
    finally:
        watching.cancel()
        beating.cancel()
        await _in(there, runner.cleanup())
        await health.aclose()
        there.call_soon_threadsafe(there.stop)
        thread.join()
        there.close()


async def _watch(pulse: Pulse, thread: int) -> None:
    """Say once of every stall where the loop stands, and how long it took."""
    worst = 0.0
    while True:
        await RealClock().sleep(BEAT)
        if pulse.stuck and not worst:
            log.error("loop.stuck", reason=_where(thread))
        elif worst and not pulse.stuck:
            log.warning("loop.goes_on", seconds=round(worst, 1))
        worst = pulse.lag if pulse.stuck else 0.0


def _where(thread: int) -> str:
    """The line that the thread is at."""
    frame = sys._current_frames().get(thread)
    return str(traceback.extract_stack(frame)[-1]).strip("<>") if frame else ""


def _asking(loop: asyncio.AbstractEventLoop, ask: Ask[T]) -> Callable[[], Awaitable[T | None]]:
    """``ask`` in ``loop``; None if it does not answer in time. It is left to end by itself."""

    async def asked() -> T | None:
        answer = asyncio.wrap_future(asyncio.run_coroutine_threadsafe(ask(), loop))
        await asyncio.wait({answer}, timeout=PATIENCE)
        return answer.result() if answer.done() else None

    return asked


def _in(loop: asyncio.AbstractEventLoop, work: Coroutine[Any, Any, T]) -> "asyncio.Future[T]":
    return asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, loop))
