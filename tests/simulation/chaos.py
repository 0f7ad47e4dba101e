# SPDX-License-Identifier: AGPL-3.0-or-later
"""M4 and M5: a whole window in bad weather, drawn from a seed: faults, outages, storms, late applies, crashes, a stop.

Safety: whatever happens, nothing is said twice, lost, or said outside the window. Liveness: once all is well again, the
queue is empty five minutes later.
"""

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from simulation.acts import audit, recall, stop
from simulation.fates import DOWN, SHORT_WAITS, STORM
from simulation.loop import Life
from simulation.scene import BEGIN, HALF_HOUR
from simulation.verdict import Expected, Ran, judge, rest
from simulation.world import Relay, World, copied

CLOSES = HALF_HOUR[0].closes
SWEPT = 80.0  # minutes: after the last doubt its last sweep is through
ABSENCES = (1, 1, 5, 30, 120, 600)  # s
SETTLE, VERY_LATE = 120.0, 2400.0  # s: as the settings have it; between the second sweep and the third
NOTED = timedelta(seconds=20)  # within which what was read is in the ledger, whoever else writes there
DRAINED = timedelta(minutes=5)


@dataclass
class _Day:
    """A run in the making."""

    world: World
    rng: random.Random
    crashes: int = 0
    recalled: bool = False

    def between(self, begins: datetime, ends: datetime) -> datetime:
        """A moment of that stretch."""
        return begins + self.rng.random() * (ends - begins)


def safety(ground: Path, folder: Path, seed: int, late: float = SETTLE) -> Ran:
    """M4: the window and beyond, with up to six crashes; servers carry requests out up to ``late`` seconds late."""
    with World(seed, copied(ground, folder), zero=BEGIN, sweep=600, look=300) as world:
        day = _Day(world, random.Random(seed))
        _publish(day, CLOSES)
        _spoil(day, CLOSES, random.Random(seed).choice([0.1, 0.3, 0.6]), late)
        world.press.trouble = 0.1
        stops = _maybe_stop(day)
        _live(day, CLOSES, crashes=day.rng.randint(0, 6))
        world.run(CLOSES + timedelta(seconds=late))
        rest(world, SWEPT)
        seen, recalled = _seen(world, min([CLOSES, *stops])), day.recalled and bool(stops)
        verdict = judge(world, Expected(seen, HALF_HOUR, tuple(stops), recalled=recalled))
        for gap in world.do(audit(world)):
            verdict.fault("unaccounted", gap)
        return Ran(verdict, world.loop.steps, day.crashes, world.loop.trace, f"safety SEED={seed} LATE={late:g}")


def liveness(ground: Path, folder: Path, seed: int) -> Ran:
    """M5: all faults are over at a drawn moment of the window; five minutes later everything is said."""
    with World(seed, copied(ground, folder), zero=BEGIN, sweep=600, look=300) as world:
        day = _Day(world, random.Random(seed))
        heals = day.between(BEGIN + timedelta(minutes=5), CLOSES - timedelta(minutes=8))
        _publish(day, heals - timedelta(seconds=30))
        _spoil(day, heals, 0.6)
        for host in world.hosts.values():
            host.weather.waits = SHORT_WAITS  # whoever asks for an hour is given an hour
        _live(day, heals, crashes=day.rng.randint(0, 3))
        world.run(heals + DRAINED)
        verdict = judge(world, Expected(_seen(world, heals), HALF_HOUR, owed=True))
        return Ran(verdict, world.loop.steps, day.crashes, world.loop.trace, f"liveness SEED={seed}")


def _publish(day: _Day, until: datetime) -> None:
    for number in range(day.rng.randint(1, 4)):
        moment = day.between(BEGIN, until)
        day.world.at(moment, lambda n=number, at=moment: day.world.press.publish(f"Article {n}", at))


def _spoil(day: _Day, until: datetime, trouble: float, late: float = SETTLE) -> None:
    """Bad weather on every host until that moment."""
    for host in day.world.hosts.values():
        host.weather.late = late
        host.weather.trouble, host.weather.until = trouble * day.rng.random(), until
        for _ in range(day.rng.randint(0, 2)):
            begins = day.between(BEGIN, until)
            minutes = min(day.rng.uniform(0.5, 8), (until - begins).total_seconds() / 60)
            host.weather.spoil(begins, minutes, day.rng.choice([DOWN, STORM]))


def _maybe_stop(day: _Day) -> list[datetime]:
    """In one run of three somebody presses stop, and every other time has all of it deleted."""
    pressed: list[datetime] = []
    drawn = day.rng.random()
    if drawn < 1 / 3:
        day.recalled = drawn < 1 / 6
        act = recall if day.recalled else stop
        day.world.at(day.between(BEGIN, CLOSES), lambda: act(day.world, pressed))
    return pressed


def _live(day: _Day, until: datetime, crashes: int) -> None:
    """Run until then, killed that often, now and then in the middle of a burst of work."""
    world, relay = day.world, day.world.start()
    for moment in sorted(day.between(BEGIN, until) for _ in range(crashes)):
        if moment < world.clock.true():
            continue
        world.run(moment)
        _kill_at_work(day, relay)
        world.run(min(until, world.clock.true() + timedelta(seconds=day.rng.choice(ABSENCES))))
        relay, day.crashes = world.start(), day.crashes + 1
    world.run(until)


def _kill_at_work(day: _Day, relay: Relay) -> None:
    """A few steps from here, so that it is not always asleep when it dies."""
    steps = relay.life.steps + day.rng.randint(1, 60)
    relay.life.fates[steps] = lambda: day.world.loop.kill(relay.life)
    day.world.loop.run_until(day.world.loop.time() + 60, lambda: not relay.life.alive)
    day.world.kill(relay)


def _seen(world: World, until: datetime) -> tuple[str, ...]:
    """The links of the articles that a relay has read of within the window, and lived long enough to note."""
    read = [at for life, at in world.press.looks if life and at + NOTED < min(until, _death(world, life))]
    return tuple(link for link, at in world.press.published.items() if any(at < look for look in read))


def _death(world: World, life: Life) -> datetime:
    return datetime.max.replace(tzinfo=UTC) if life.alive else world.clock.zero + timedelta(seconds=life.died)
