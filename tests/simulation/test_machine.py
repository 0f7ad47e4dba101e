# SPDX-License-Identifier: AGPL-3.0-or-later
"""The ledger as a state machine: whatever happens in whatever order, a small model knows what must be true.

The model: the links there are, the moments a stop was pressed, and that a link stands at most once on an account.
"""

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from simulation.acts import stop
from simulation.fates import NEVER, REFUSED, Fate
from simulation.grounds import Grounds
from simulation.hosts import CLASSES
from simulation.press import FEED
from simulation.scene import BEGIN, HALF_HOUR, Scene
from simulation.verdict import OBEYED, Expected, judge
from simulation.world import World, copied

EXAMPLES, STEPS = 120, 20
WINDOW = HALF_HOUR[0]
SWEPT = timedelta(minutes=80)
FATES = st.sampled_from(
    [
        Fate("429", NEVER, 0.1, "20"),
        Fate("lost after", 0.05, 0.5),
        Fate("lost before", NEVER, 0.5),
        Fate("late", 100.0, 0.5),
        Fate("hang", 60.0, None),
        Fate("502", 0.05, 0.5),
        Fate(REFUSED, NEVER, 0.1),
    ]
)


class Day(RuleBasedStateMachine):
    """Half an hour of strike on four networks."""

    def __init__(self, ground: Path, folder: Path) -> None:
        super().__init__()
        self.world = World(0, copied(ground, folder), zero=BEGIN, sweep=600, look=60).__enter__()
        self.relay = self.world.start()
        self.pressed: list[datetime] = []
        self.pieces = 0

    @rule()
    def article(self) -> None:
        self.world.press.publish(f"Article {self.pieces}", self.world.clock.true())
        self.pieces += 1

    @precondition(lambda self: self.pieces)
    @rule(which=st.integers(0, 3))
    def edit(self, which: int) -> None:
        entries = self.world.press.documents[FEED]
        at = which % min(self.pieces, len(entries))
        entries[at] = replace(entries[at], title=f"{entries[at].title}, suite")

    @rule(seconds=st.sampled_from([1, 15, 45, 125, 300]))
    def tick(self, seconds: int) -> None:
        self.world.run(seconds=seconds)

    @rule(kind=st.sampled_from(CLASSES), fate=FATES)
    def trouble(self, kind: str, fate: Fate) -> None:
        """What the next request to that network meets."""
        self.world.hosts[kind].weather.script.append(fate)

    @precondition(lambda self: self.relay.life.alive)
    @rule(steps=st.integers(1, 90))
    def crash(self, steps: int) -> None:
        life = self.relay.life
        life.fates[life.steps + steps] = lambda: self.world.loop.kill(life)
        self.world.run(seconds=5)
        life.fates.clear()  # it had nothing to do for so long

    @precondition(lambda self: not self.relay.life.alive)
    @rule()
    def restart(self) -> None:
        self.relay = self.world.start()

    @precondition(lambda self: not self.pressed)
    @rule()
    def stop(self) -> None:
        stop(self.world, self.pressed)
        self.world.run(seconds=1)

    @rule(hours=st.sampled_from([-24, -1, 1, 24]))
    def glitch(self, hours: int) -> None:
        """The clock is wrong for twenty seconds."""
        self.world.clock.error += 3600 * hours
        self.world.run(seconds=20)
        self.world.clock.error -= 3600 * hours

    @precondition(lambda self: self.world.clock.true() < WINDOW.closes)
    @rule()
    def end(self) -> None:
        self.world.run(WINDOW.closes + timedelta(seconds=1))

    @invariant()
    def stands_at_most_once(self) -> None:
        for host in self.world.hosts.values():
            standing = host.said if host.kind == "D" else host.standing("desk0")
            texts = Counter(each.post.text.split()[-1] for each in standing)
            assert [] == [f"{text} on {host.name}" for text, times in texts.items() if times > 1]

    @invariant()
    def nothing_begins_outside(self) -> None:
        told = [each.clock for each in self.world.begun if each.what == "publish"]
        assert all(WINDOW.opens <= at < WINDOW.closes for at in told)
        assert all(at <= pressed + OBEYED for at in told for pressed in self.pressed)

    def teardown(self) -> None:
        """All is well again; when the last sweep is through, the books balance."""
        try:
            if not self.relay.life.alive:
                self.restart()
            self.world.run(max(WINDOW.closes, self.world.clock.true()) + SWEPT)
            verdict = judge(self.world, Expected((), HALF_HOUR, tuple(self.pressed)))
            assert [] == verdict.faults
        finally:
            self.world.__exit__(None, None, None)


def test_the_books_balance_whatever_happens_in_whatever_order(grounds: Grounds, folder: Path) -> None:
    ground = grounds.open(Scene(windows=HALF_HOUR))
    asked = settings(max_examples=EXAMPLES, stateful_step_count=STEPS, deadline=None, derandomize=True, database=None)
    run_state_machine_as_test(lambda: Day(ground, folder), settings=asked)
