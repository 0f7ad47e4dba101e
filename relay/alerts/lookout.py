# SPDX-License-Identifier: AGPL-3.0-or-later
"""The lookout: every twenty seconds it judges how each newsroom stands, and tells its channels what changed.

What must be told is in the ledger before it is told, and what a channel accepted is written down at once: a restart
forgets nothing and repeats nothing.
"""

import asyncio
import shutil
from collections.abc import Callable, Coroutine, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from relay import log
from relay.alerts import words
from relay.alerts.channels import Channels, note, rests
from relay.alerts.conditions import TIMED, Condition, Room, Scene, judged
from relay.alerts.dispatch import Errand, Outcome
from relay.alerts.look import look
from relay.alerts.turn import Turn, turn
from relay.clock import Clock
from relay.feeds.trouble import lateness
from relay.store import alert, due
from relay.store.alert import Alert, Channel, Telling
from relay.store.columns import saved
from relay.store.database import Store
from relay.store.newsroom import Newsroom

EVERY = 20.0  # seconds between two looks


@dataclass(frozen=True)
class Owed:
    """What one channel has not been told yet."""

    newsroom: Newsroom
    channel: Channel
    begun: Sequence[Alert]
    over: Sequence[Alert]


class Lookout:
    """Drains the lane of alerts. ``room`` measures the disk, ``silence`` is how long no news is good news."""

    def __init__(
        self, store: Store, clock: Clock, channels: Channels, room: Callable[[], Room], silence: timedelta
    ) -> None:
        self._store, self._clock, self._channels = store, clock, channels
        self._room, self._silence = room, silence
        self._looked: float | None = None
        self._late_since = dict[int, float]()  # newsrooms whose feeds are looked at late

    @property
    def due(self) -> datetime:
        """When the next look is; measured on the counter that nobody sets, since a clock that jumps is news."""
        rest = 0.0 if self._looked is None else self._looked + EVERY - self._clock.steady()
        return self._clock.now() + timedelta(seconds=max(0.0, rest))

    async def drain(self) -> datetime:
        """Look, if it is time, and tell; returns when the next look is."""
        if self.due <= self._clock.now():
            self._looked = self._clock.steady()
            async with self._store.read() as tx:
                watched = await due.watched(tx)
            for newsroom in watched:
                await self._judge(newsroom)
            await self._tell(watched)
        return self.due

    async def _judge(self, newsroom: Newsroom) -> None:
        now, number = self._clock.now(), saved(newsroom.id)
        async with self._store.read() as tx:
            scene = await look(tx, newsroom, now, self._silence, self._room())
            scene = replace(scene, behind=self._behind(number, scene))
            change = turn(_judgeable(scene, await alert.standing(number, tx)), judged(scene), now)
        if change:
            async with self._store.write() as tx:
                _write(tx, number, change, now)

    def _behind(self, number: int, scene: Scene) -> timedelta:
        """For how long looks have been late without a pause: after a start all are, until they are made."""
        if not scene.timely or not lateness(scene.feeds, scene.now):
            self._late_since.pop(number, None)
            return timedelta()
        return timedelta(seconds=self._clock.steady() - self._late_since.setdefault(number, self._clock.steady()))

    async def _tell(self, newsrooms: Sequence[Newsroom]) -> None:
        """Every channel that has something to hear, all at once, outside of any transaction."""
        async with self._store.read() as tx:
            owed = [each for newsroom in newsrooms for each in await owing(tx, newsroom, self._clock.now())]
        by_channel = {saved(each.channel.id): each for each in owed}
        errands = [self._errand(each) for each in owed]
        for each in errands:
            if not each.address:
                await self._note(by_channel[each.number], Outcome(each.number, "sealed"))
        sendable = [each for each in errands if each.address]
        if sendable:
            async with aclosing(self._channels.dispatch(sendable)) as outcomes:
                async for outcome in outcomes:
                    await _whole(self._note(by_channel[outcome.number], outcome))

    def _errand(self, owed: Owed) -> Errand:
        letter = words.alert(owed.newsroom, owed.begun, owed.over)
        return Errand(saved(owed.channel.id), self._channels.address(owed.channel), letter.title, letter.body)

    async def _note(self, owed: Owed, outcome: Outcome) -> None:
        now = self._clock.now()
        async with self._store.write() as tx:
            row = await alert.channel(saved(owed.newsroom.id), tx, outcome.number)
            if row is None:  # removed while we spoke
                return
            note(row, outcome.fault, now)
            tx.add(row)
            if not outcome.fault:
                await _told(tx, outcome.number, owed, now)
        if outcome.fault:
            log.warning(
                "alert.untold",
                newsroom=owed.newsroom.id,
                host=owed.channel.host,
                reason=outcome.fault,
                until=row.rest_until,
            )


async def owing(tx: AsyncSession, newsroom: Newsroom, now: datetime) -> list[Owed]:
    """What the channels of a newsroom are still to be told; what is gone for the moment is left unsaid."""
    number = saved(newsroom.id)
    standing, pairs = await alert.standing(number, tx), await alert.tellings(number, tx)
    owed = []
    for channel in await alert.channels(number, tx):
        told = {telling.alert_id for telling, _ in pairs if telling.channel_id == channel.id}
        begun = [each for each in standing if each.gone_at is None and each.id not in told]
        over = [each for telling, each in pairs if telling.channel_id == channel.id and each.cleared_at is not None]
        if (begun or over) and not rests(channel, now):
            owed.append(Owed(newsroom, channel, begun, over))
    return owed


def room(place: Path) -> Room:
    """What is left on the disk that ``place`` is, or is going to be, on."""
    there = next(each for each in (place.resolve(), *place.resolve().parents) if each.exists())
    usage = shutil.disk_usage(there)
    return Room(usage.free, usage.total)


def _judgeable(scene: Scene, standing: Sequence[Alert]) -> list[Alert]:
    """Those that a look can tell to be over or not."""
    return [each for each in standing if scene.timely or each.kind not in TIMED]


def _write(tx: AsyncSession, number: int, change: Turn, now: datetime) -> None:
    tx.add_all(_begun(number, each, now) for each in change.begins)
    for row in change.back:
        row.gone_at = None
    for row in change.gone:
        row.gone_at = now
    for row in change.over:
        row.cleared_at = now
    tx.add_all((*change.back, *change.gone, *change.over))


def _begun(number: int, condition: Condition, now: datetime) -> Alert:
    return Alert(
        newsroom_id=number,
        kind=condition.kind,
        subject=condition.subject,
        facts=dict(condition.facts),
        raised_at=now,
    )


async def _told(tx: AsyncSession, channel: int, owed: Owed, now: datetime) -> None:
    tx.add_all(Telling(channel_id=channel, alert_id=saved(each.id), told_at=now) for each in owed.begun)
    for each in owed.over:
        telling = await tx.get_one(Telling, (channel, saved(each.id)))
        telling.cleared_told_at = now
        tx.add(telling)


async def _whole(work: Coroutine[Any, Any, None]) -> None:
    """Finish ``work`` even if we are cancelled: what was accepted must not be told again."""
    task = asyncio.ensure_future(work)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await task
        raise
