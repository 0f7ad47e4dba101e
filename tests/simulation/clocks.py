# SPDX-License-Identifier: AGPL-3.0-or-later
"""M6: the machine's clock is set, smeared, drifts or sleeps, before, during or after a window."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from simulation.fates import Fate
from simulation.scene import BEGIN, HALF_HOUR
from simulation.verdict import Expected, Ran, at_work, judge, rest
from simulation.world import Relay, World, copied

from relay.terms import Window

WINDOW = HALF_HOUR[0]
BEGINS = WINDOW.opens - timedelta(minutes=20)
PHASES = {
    "before": WINDOW.opens - timedelta(minutes=10),
    "during": WINDOW.opens + timedelta(minutes=10),
    "after": WINDOW.closes + timedelta(minutes=10),
}
HOUR, DAY = 3600.0, 86400.0
OVER = timedelta(minutes=40)  # after the window
MENDED = timedelta(minutes=5)  # after which NTP sets the clock right again
GLITCH = timedelta(seconds=20)
SMEAR, DRIFT = timedelta(seconds=1), timedelta(minutes=3)

Act = Callable[[World, Relay], None]


@dataclass(frozen=True)
class Case:
    """What is done to the clock; ``mends`` takes it back. ``slack``: how far the relay's clock may be off the truth.
    ``owed``: nothing may be lost by it, mended as it is.
    """

    act: Act
    mends: bool = True
    slack: timedelta = timedelta()
    owed: bool = False


def _by(seconds: float) -> Act:
    def act(world: World, relay: Relay) -> None:
        world.clock.error += seconds

    return act


def _to(year: int) -> Act:
    def act(world: World, relay: Relay) -> None:
        world.clock.error += (datetime(year, 1, 1, tzinfo=UTC) - world.clock.now()).total_seconds()

    return act


def _drift(by: float) -> Act:
    def act(world: World, relay: Relay) -> None:
        world.clock.error -= by * world.loop.time()
        world.clock.rate += by

    return act


def _sleep(world: World, relay: Relay) -> None:
    world.loop.suspend(relay.life, 6 * HOUR)


CASES: Mapping[str, Case] = {
    "+1h": Case(_by(HOUR)),
    "-1h": Case(_by(-HOUR), owed=True),
    "+1d": Case(_by(DAY)),
    "-1d": Case(_by(-DAY), owed=True),
    "1970": Case(_to(1970), owed=True),
    "2039": Case(_to(2039)),
    "+1s": Case(_by(1.0), slack=SMEAR, owed=True),
    "-1s": Case(_by(-1.0), slack=SMEAR, owed=True),
    "fast": Case(_drift(0.05), mends=False, slack=DRIFT, owed=True),
    "slow": Case(_drift(-0.05), mends=False, slack=DRIFT, owed=True),
    "suspend": Case(_sleep, mends=False),
}


def clock(ground: Path, folder: Path, case: str, phase: str, how: str = "running", seed: int = 0) -> Ran:
    """``ground``: the strike is armed. ``how``: ``glitch``, the clock is mended after 20 s already; ``restarted``, it
    is set while the relay is off, which saw nothing of it.
    """
    told = CASES[case]
    with World(seed, copied(ground, folder), zero=BEGINS, sweep=300, look=240) as world:
        _publish(world)
        relay = world.start()
        world.run(PHASES[phase])
        if how == "restarted":
            world.kill(relay)
        told.act(world, relay)
        if how == "restarted":
            world.start()
        if told.mends:
            world.at(PHASES[phase] + (GLITCH if how == "glitch" else MENDED), lambda: _mend(world))
        world.run(WINDOW.closes + OVER + timedelta(hours=6 * (case == "suspend")))
        owed = told.owed or how == "glitch"
        links = tuple(link for link, at in world.press.published.items() if _well_inside(at))
        verdict = judge(world, Expected(links if owed else (), HALF_HOUR, owed=owed))
        for each in world.begun:
            if each.what == "publish" and not WINDOW.opens - told.slack <= each.at < WINDOW.closes + told.slack:
                verdict.fault("after_end", f"{each.host} was told at {each.at:%d %H:%M:%S} true time")
        replay = f"clock SEED={seed} CASE={case} PHASE={phase} HOW={how}"
        return Ran(verdict, world.loop.steps, 0, world.loop.trace, replay)


def _well_inside(at: datetime) -> bool:
    return WINDOW.opens + DRIFT < at < WINDOW.closes - DRIFT


def _mend(world: World) -> None:
    world.clock.error = 0.0


def _publish(world: World) -> None:
    for number in range(10):
        moment = WINDOW.opens + timedelta(minutes=4 * number - 7)
        world.at(moment, lambda n=number, at=moment: world.press.publish(f"Article {n}", at))


def hanging(ground: Path, folder: Path, seed: int = 0) -> Ran:
    """The clock is a day ahead for forty seconds, in which a request times out. ``ground``: the window is open."""
    with World(seed, copied(ground, folder), "B", zero=BEGIN, sweep=300, look=240) as world:
        link = world.press.publish("Un", BEGIN).link
        world.hosts["B"].weather.script.append(Fate("hang", 10.0, None))
        world.start()
        world.run(seconds=5)
        world.clock.error += DAY
        world.run(seconds=40)
        _mend(world)
        rest(world, 90)
        verdict = judge(world, Expected((link,), owed=True))
        if at_work(world):
            verdict.fault("unaccounted", "what the wrong clock put off still waits")
        return Ran(verdict, world.loop.steps, 0, world.loop.trace, f"hanging SEED={seed}")


def season(ground: Path, folder: Path, window: Window, seed: int = 0) -> Ran:
    """A whole window in the night in which the clocks are changed; pieces appear before, in and after it."""
    begins = window.opens - timedelta(minutes=20)
    with World(seed, copied(ground, folder), "A", zero=begins, sweep=300, look=240) as world:
        for minutes in range(-13, int((window.closes - window.opens).total_seconds() // 60) + 20, 11):
            moment = window.opens + timedelta(minutes=minutes)
            world.at(moment, lambda at=moment: world.press.publish(f"Article de {at:%H:%M}", at))
        world.start()
        world.run(window.closes + OVER)
        inside = tuple(link for link, at in world.press.published.items() if window.opens <= at < window.closes - SMEAR)
        verdict = judge(world, Expected(inside, (window,), owed=True))
        told = sum("journal.example" in each.post.text for each in world.hosts["A"].said)
        if told != len(inside):
            verdict.fault("unaccounted", f"{told} notices for {len(inside)} articles")
        return Ran(verdict, world.loop.steps, 0, world.loop.trace, f"season SEED={seed}")
