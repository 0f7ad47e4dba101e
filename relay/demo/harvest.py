# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the relay brought in from a farm of feeds, counted on the square, and how it is shown."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console, RenderableType
from rich.live import Live
from rich.panel import Panel
from rich.table import Table

from relay.clock import stopwatch
from relay.i18n import _, say, say_n

EVERY = 5.0  # s between two lines where there is no terminal


@dataclass(frozen=True)
class Harvest:
    """``sick`` feeds misbehave, and are left out of all that follows; ``waits``: seconds of the square's clock from an
    article's appearance to the look that found it, in order; ``sins``: rules of good behaviour that were broken.
    """

    feeds: int
    sick: int
    factor: float
    looks: int
    unchanged: int
    published: int
    answered: int
    duplicates: int
    waits: tuple[float, ...]
    points: int
    sins: tuple[str, ...]

    @property
    def missing(self) -> int:
        """Articles of healthy feeds without a notice."""
        return self.published - self.answered

    @property
    def flawless(self) -> bool:
        """Every article of a healthy feed was answered once, and no rule broken."""
        return self.published > 0 and not (self.missing or self.duplicates or self.sins)

    def wait(self, share: float) -> float:
        """The wait that ``share`` of the articles stayed within."""
        return self.waits[min(len(self.waits) - 1, int(share * len(self.waits)))] if self.waits else 0.0

    def as_json(self) -> dict[str, object]:
        """For machines."""
        counted = ("feeds", "sick", "looks", "unchanged", "published", "answered", "duplicates", "missing", "points")
        waits = {"wait_p50": round(self.wait(0.5), 1), "wait_p99": round(self.wait(0.99), 1)}
        return {name: getattr(self, name) for name in counted} | waits | {"sins": list(self.sins)}


class View:
    """A screen of 80 columns that is drawn anew, or a line now and then where the output goes to a file or a pipe."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._live = Live(console=console, auto_refresh=False) if console.is_terminal else None
        self._told, self._looks = stopwatch(), 0

    def __enter__(self) -> "View":
        if self._live is not None:
            self._live.start()
        return self

    def __exit__(self, *_raised: object) -> None:
        if self._live is not None:
            self._live.stop()

    def show(self, harvest: Harvest) -> None:
        """The harvest as it stands."""
        now = stopwatch()
        if self._live is None and now - self._told < EVERY:
            return
        rate = (harvest.looks - self._looks) / max(now - self._told, 0.1)
        self._told, self._looks = now, harvest.looks
        if self._live is not None:
            self._live.update(_panel(harvest, rate), refresh=True)
        else:
            self._console.print("  ".join(f"{name} {value}" for name, value in _rows(harvest, rate)), soft_wrap=True)


def summary(harvest: Harvest) -> str:
    """The last word."""
    if harvest.flawless:
        return str(
            say_n(
                "✓ {n} article of {feeds} feeds was answered once.",
                "✓ {n} articles of {feeds} feeds were answered, each once.",
                harvest.published,
                feeds=harvest.feeds,
            )
        )
    told = say(
        "✗ Of {n} articles {missing} are missing and {double} were answered twice; rules broken: {sins}.",
        n=harvest.published,
        missing=harvest.missing,
        double=harvest.duplicates,
        sins=", ".join(harvest.sins) or "–",
    )
    return str(told)


def _rows(harvest: Harvest, rate: float) -> Sequence[tuple[str, str]]:
    unchanged = 100 * harvest.unchanged / max(harvest.looks, 1)
    waits = say("half within {half} s, 99 % within {most} s", half=_whole(harvest, 0.5), most=_whole(harvest, 0.99))
    return (
        (_("Feeds"), str(say("{n}, of which {sick} misbehave", n=harvest.feeds, sick=harvest.sick))),
        (_("Looks"), str(say("{rate} a second, {share} % unchanged", rate=round(rate), share=round(unchanged)))),
        (_("Articles"), str(say("{n} published, {told} answered", n=harvest.published, told=harvest.answered))),
        (_("Found"), str(waits)),
        (_("Manners"), str(say("{points} of 100 points", points=harvest.points))),
    )


def _whole(harvest: Harvest, share: float) -> int:
    return round(harvest.wait(share))


def _panel(harvest: Harvest, rate: float) -> RenderableType:
    grid = Table.grid(padding=(0, 2))
    for row in _rows(harvest, rate):
        grid.add_row(*row)
    speed = say("the farm, {factor} × as fast as the clock on the wall", factor=f"{harvest.factor:g}")
    return Panel(grid, title=str(speed), width=80)
