# SPDX-License-Identifier: AGPL-3.0-or-later
"""``piquet run``: the relay at work, calm lines about what it does, a graceful stop."""

import asyncio
import os
import signal
import threading
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime

from rich.console import RenderableType
from sqlmodel.ext.asyncio.session import AsyncSession

from relay import log
from relay.cli.inside import inside
from relay.cli.moment import stretch
from relay.cli.nouns import alone
from relay.cli.reasons import DELIVERY, KIND, because
from relay.cli.screen import show
from relay.cli.standing import Picture, outline
from relay.house import House, spare_the_collector
from relay.i18n import _, say, say_n
from relay.store import feed, standing
from relay.store import newsroom as newsrooms
from relay.store.account import Account
from relay.store.columns import saved
from relay.store.ledger import Delivery, Notice
from relay.strikes.moments import zone_of
from relay.terms import DeliveryState, StrikeState
from relay.web.push import pushed_to
from relay.web.systemd import Systemd, supervised
from relay.web.watchman import watchman

LEAVE = 3.0  # seconds; with the 6 s that deliveries may take to end, a stop takes less than 10
NEWS = 2.0  # seconds between two questions to the ledger

app, command = alone(
    _(
        "Watch the feeds and send the notices of armed strikes, until you stop it with Ctrl-C. It may be stopped and "
        "started again at any time: nothing is sent twice and nothing is forgotten."
    ),
    "piquet run",
    "piquet --settings piquet.toml run",
)


@command
def run() -> None:
    with inside() as here:
        spare_the_collector()
        here.do(work(here.house, here.house.settings.health_port, public_port(here.house)))
        leave_soon()
    show(_("Stopped. Nothing is lost: “piquet run” goes on from here."))


def leave_soon() -> None:
    """Be gone in ``LEAVE`` seconds: a request that hangs in a thread of a library would hold the process up for 20.

    Nothing is lost by it: what was being said is settled, or in doubt and looked for at the next start.
    """
    timer = threading.Timer(LEAVE, os._exit, [0])
    timer.daemon = True
    timer.start()


async def work(house: House, port: int = 0, public: int = 0) -> None:
    """The relay, until a signal or a fault ends it; the one who tells of it never does.

    ``port``: of its pages, ``public``: of what hubs push to.
    """
    await house.unlock()
    relay, stop = asyncio.create_task(house.run()), asyncio.create_task(asked_to_stop())
    teller = asyncio.create_task(_tell(house))
    try:
        await house.outside.clock.sleep(0)  # a second relay on the same database is turned away before anything is said
        if not relay.done():
            async with looked_after(house, port) as served, pushed_to(house.callback, public) as reached:
                if port and not served:
                    show(str(say("Port {port} is taken: no health pages; choose another health_port.", port=port)))
                if public and not reached:
                    show(str(say("Port {port} is taken: no hub can push; choose another public_port.", port=public)))
                await asyncio.wait([relay, stop], return_when=asyncio.FIRST_COMPLETED)
        if relay.done():
            relay.result()
    finally:
        for task in (relay, stop, teller):
            task.cancel()
        await asyncio.gather(relay, stop, teller, return_exceptions=True)


def public_port(house: House) -> int:
    """Where hubs push to on this machine; 0 if no address of the outside world leads there."""
    return house.settings.public_port if house.settings.public_address else 0


async def asked_to_stop() -> None:
    """Wait for Ctrl-C, or for systemd."""
    asked = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, asked.set)
    await asked.wait()


@asynccontextmanager
async def looked_after(house: House, port: int) -> AsyncIterator[bool]:
    """A watchman beside the relay, systemd told; yields whether the pages are served."""
    async with watchman(house.health, port) as served, supervised(Systemd(os.environ), lambda: house.health.well):
        yield served


async def _tell(house: House) -> None:
    """Say what is watched, then a line for every notice that is settled."""
    clock = house.outside.clock
    told = clock.now()
    await clock.sleep(0)  # a second relay on the same database is turned away before anything is said
    async with house.store.read() as tx:
        rooms = await newsrooms.every(tx)
        seen = [(await outline(tx, row, told), await feed.agenda(saved(row.id), tx)) for row in rooms]
    show(*started(seen))
    held = False
    while True:
        await clock.sleep(NEWS)
        held = tell_of_clock(house, held)
        try:
            async with house.store.read() as tx:
                news = await _news(tx, told)
            for words, moment in news:
                show(words)
                told = max(told, moment)
        except Exception as crash:  # the relay goes on whatever becomes of its words
            log.warning("run.untold", reason=type(crash).__name__)


def tell_of_clock(house: House, before: bool) -> bool:
    """A line when the clock begins and ceases to be held; returns whether it is."""
    held = house.timekeeper.held()
    if held and not before:
        show(_("! This machine’s clock was set: nothing is sent for now. “piquet clock” says what to do."))
    elif before and not held:
        show(_("✓ The clock is trusted again: Piquet goes on."))
    return held


async def _news(tx: AsyncSession, since: datetime) -> list[tuple[str, datetime]]:
    lines: list[tuple[str, datetime]] = []
    for row in await newsrooms.every(tx):
        for delivery, notice, account, title in await standing.settled_after(saved(row.id), tx, since):
            moment = delivery.settled_at or since
            lines.append((line(delivery, notice, account, title, row.zone), moment))
    return lines


def started(seen: Sequence[tuple[Picture, tuple[int, datetime] | None]]) -> Iterator[RenderableType]:
    """What is watched, which window comes next, when the next look is. With each newsroom: how many feeds, and when the
    first of them is looked at.
    """
    for each, agenda in seen:
        count, first = agenda or (0, each.now)
        yield str(
            say_n("{name}: {n} feed is watched.", "{name}: {n} feeds are watched.", count, name=each.newsroom.name)
        )
        yield from _windows(each)
        if agenda:
            moment = max(first, each.now).astimezone(zone_of(each.newsroom.zone))
            yield str(say("  Next look at {time}.", time=f"{moment:%H:%M:%S}"))
        for owner in each.paused:
            yield str(
                say(
                    "! {account} is paused: run “piquet account connect {network}”.",
                    account=owner.handle,
                    network=owner.network,
                )
            )
    if not seen:
        yield _("There is no newsroom yet: run “piquet init” in another window; it is noticed here.")
    yield _("Piquet is at work. Ctrl-C stops it.")


def _windows(seen: Picture) -> Iterator[str]:
    armed = seen.strike is not None and seen.strike.state in (StrikeState.ARMED, StrikeState.RUNNING)
    if seen.strike is None or not armed:
        yield _("  No strike is armed: articles are seen, none is answered.")
    elif seen.open:
        yield str(
            say("  “{name}” is on: {window}.", name=seen.strike.name, window=stretch(seen.open, seen.newsroom.zone))
        )
    elif seen.coming:
        window = stretch(seen.coming, seen.newsroom.zone)
        yield str(say("  “{name}” begins by itself: {window}.", name=seen.strike.name, window=window))


def line(delivery: Delivery, notice: Notice, account: Account, title: str, zone: str) -> str:
    """One settled notice: when, what, where, and why not if it was not sent."""
    moment = (delivery.settled_at or delivery.due_at).astimezone(zone_of(zone))
    subject = say("“{title}”", title=title) if title else KIND[notice.kind]
    if delivery.state == DeliveryState.SENT:
        return f"{moment:%H:%M:%S} ✓ {account.handle} · {subject} · {delivery.remote_url}"
    why = say("{name}: {words}", name=DELIVERY[delivery.state], words=because(delivery.reason, delivery.state))
    return f"{moment:%H:%M:%S} ! {account.handle} · {subject} · {why}"
