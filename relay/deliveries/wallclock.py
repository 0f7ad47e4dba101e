# SPDX-License-Identifier: AGPL-3.0-or-later
"""Can the machine's clock be trusted? Pure: what it shows is held against the latest time ever seen, and against a
counter that nobody sets.

Set back by more than ``TOLERANCE``, the relay holds until the clock has passed that latest time again: it cannot know
which windows are open. Set forward by more than ``STEP``, it holds for a ``LULL``, since a glitch of some seconds must
not end a strike; then it goes on, but does not take the new time for the latest one before that has ``STOOD``: a longer
glitch would else hold the relay, once mended, for as long as it was wide.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

# A leap second is one second, smeared or not, and NTP slews whatever is smaller than 128 ms and steps the rest
# (https://www.rfc-editor.org/rfc/rfc5905 §11.3); machines of one instance are seconds apart at most.
TOLERANCE = timedelta(seconds=30)
STEP = timedelta(seconds=60)
LULL, STOOD = 60.0, 600.0  # seconds on the steady counter


@dataclass(frozen=True)
class Reading:
    """Both clocks at one moment."""

    wall: datetime
    steady: float

    def ahead_of(self, before: "Reading") -> timedelta:
        """How much more time has passed on the wall than there was."""
        return self.wall - before.wall - timedelta(seconds=self.steady - before.steady)


@dataclass(frozen=True)
class Trial:
    """The clock has run ``ahead`` by a step since the counter showed ``since``.

    ``witnessed``: this process saw the step; otherwise the relay may just have been off for a while.
    """

    ahead: timedelta
    since: float
    witnessed: bool = True


@dataclass(frozen=True)
class Sense:
    """What is known of the clock: the latest time ever seen (``mark``), and the last reading that was in order.

    ``held``: nothing may be done by it now. ``strayed``: it ran ahead before our eyes, and what was put off meanwhile
    was put off by a wrong time.
    """

    mark: datetime
    sound: Reading
    trial: Trial | None = None
    held: bool = False
    strayed: bool = False

    @property
    def stepped(self) -> timedelta | None:
        """How far the clock was set forward before our eyes, as long as that has to stand."""
        return self.trial.ahead if self.trial and self.trial.witnessed else None

    @property
    def mended(self) -> bool:
        """Whether a clock that had strayed is right again."""
        return self.strayed and self.trial is None and not self.held


def behind(mark: datetime, now: datetime) -> bool:
    """Whether the clock shows a time that is well over."""
    return now < mark - TOLERANCE


def first(mark: datetime, here: Reading, *, strayed: bool = False) -> Sense:
    """As a process begins. How long nobody looked is not known, so what the clock shows has to stand too.

    ``strayed``: as the one before us knew.
    """
    ahead = here.wall - mark
    trial = Trial(ahead, here.steady, witnessed=False)
    return judge(Sense(mark, Reading(mark, here.steady), trial, strayed=strayed), here)


def judge(sense: Sense, here: Reading) -> Sense:
    """What is known after another reading."""
    if behind(sense.mark, here.wall):
        return replace(sense, trial=None, held=True)
    ahead = here.ahead_of(sense.sound)
    if ahead <= STEP:
        return Sense(max(sense.mark, here.wall), here, strayed=sense.strayed)
    trial = sense.trial
    if trial is None or abs(ahead - trial.ahead) > STEP:
        trial = Trial(ahead, here.steady)
    if here.steady - trial.since >= STOOD:
        return Sense(max(sense.mark, here.wall), here)
    held = trial.witnessed and here.steady - trial.since < LULL
    return Sense(sense.mark, sense.sound, trial, held, strayed=sense.strayed or trial.witnessed)
