# SPDX-License-Identifier: AGPL-3.0-or-later
"""Tell a whole strike: the town opens, the newsroom is set up, the real relay works, everything received is counted."""

import asyncio
import json
import sys
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zoneinfo import ZoneInfo

from rich.console import Console

from relay import log
from relay.clock import Clock, RealClock, stopwatch
from relay.demo.chronicle import Chronicle
from relay.demo.stage import on_interrupt, pause, settings, working
from relay.demo.town import Town, open_town, settle_in
from relay.demo.view import Moving, Plain, View, summary, verdict
from relay.house import House, open_house
from relay.i18n import say
from relay.square.day import DAY, ENDS, ZONE, moment
from relay.square.page import Page, Sight
from relay.store import looks
from relay.store.lanes import of_feed

FRAME = 0.125  # s between two looks at the square
END_LEAD = 1200.0  # s of the square's clock, 0.8 of ours: at a day a minute two minutes would be over at once
SWEEP = 600.0
PATIENCE = timedelta(hours=1)  # of the square's clock, for the last look at the feed


async def tell(console: Console, *, once: bool, seconds: float | None, as_json: bool, port: int = 0) -> int:
    """Tell the story on ``console``; returns the exit code, 0 if every article got exactly its notices.

    once: leave when the strike has ended, else the page stays open until Enter or Ctrl-C, or ``seconds`` are over.
    as_json: the last line of stdout is the tally. port: the page's, 0 for any free one. Raises Unusable.
    """
    log.configure("warning", "text")
    stop = asyncio.Event()
    deadline = None if seconds is None else stopwatch() + seconds
    with TemporaryDirectory(prefix="piquet-demo-") as folder:
        async with on_interrupt(stop), open_town(_today(RealClock())) as town, _house(Path(folder), town) as house:
            await settle_in(house, town)
            page = Page(lambda: _sight(town), ZONE, port)
            await page.start()
            try:
                console.print(str(say("The square, live: {address}", address=page.address)), style="bold")
                await _play(house, town, _view(console), stop, deadline)
                tally = town.count()
                console.print(summary(tally))
                if not once and console.is_terminal and sys.stdin.isatty():
                    console.print(str(say("The page stays open. Press Enter to leave.")))
                    await _until_left(stop, deadline)
            finally:
                await page.stop()
    if as_json:
        sys.stdout.write(json.dumps(tally.as_json()) + "\n")
        sys.stdout.flush()
    return 0 if tally.flawless else 1


async def _play(house: House, town: Town, view: View, stop: asyncio.Event, deadline: float | None) -> None:
    """Let the night pass, then the day and the relay run until the strike is over, or until told to stop."""
    town.break_of_day()
    chronicle = Chronicle(town)
    async with working(house.run()) as relay, working(town.day.play()) as day:
        with view:
            while not (stop.is_set() or _is_over(town) or (deadline is not None and stopwatch() >= deadline)):
                for task in (relay, day):
                    if task.done():
                        task.result()  # raises what went wrong
                view.show(chronicle.look(), chronicle.lines, town, await _next_look(house, town))
                await pause(stop, FRAME)
            view.show(chronicle.look(), chronicle.lines, town, None)


def _is_over(town: Town) -> bool:
    """The late articles were read a while ago, or nobody reads them."""
    now, end = town.clock.now(), moment(town.today, ENDS)
    served = town.press.served
    read = len(town.day.played) >= len(DAY) and all(piece.number in served for piece in town.press.pieces)
    settled = read and stopwatch() - max(served.values()) > 4 * FRAME
    return now >= end and (settled or now >= end + PATIENCE)


async def _next_look(house: House, town: Town) -> datetime | None:
    async with house.store.read() as tx:
        return await looks.following(tx, of_feed(town.press.feed))


def _sight(town: Town) -> Sight:
    now, ends = town.clock.now(), moment(town.today, ENDS)
    return Sight(
        now=min(now, ends),
        begins=town.daybreak,
        ends=ends,
        window=town.window,
        name=town.press.name,
        pieces=tuple((piece, town.clock.at(piece.appeared)) for piece in town.press.pieces),
        posts=tuple(town.posts()),
        verdict=str(verdict(town.count())) if now >= ends else "",
    )


def _house(folder: Path, town: Town) -> Any:
    here = replace(settings(folder), end_notice_lead=END_LEAD)
    return open_house(here, clock=town.clock, sweep=SWEEP)


def _view(console: Console) -> View:
    return Moving(console) if console.is_terminal else Plain(console)


def _today(clock: Clock) -> date:
    return clock.now().astimezone(ZoneInfo(ZONE)).date()


async def _until_left(stop: asyncio.Event, deadline: float | None) -> None:
    """Until Enter, Ctrl-C or the deadline."""
    loop = asyncio.get_running_loop()
    loop.add_reader(sys.stdin, stop.set)
    try:
        await pause(stop, None if deadline is None else max(deadline - stopwatch(), 0))
    finally:
        loop.remove_reader(sys.stdin)
