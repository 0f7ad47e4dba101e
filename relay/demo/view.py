# SPDX-License-Identifier: AGPL-3.0-or-later
"""The story on a terminal: a live view where there is one, plain lines where the output goes to a file or a pipe."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from types import TracebackType
from typing import Protocol
from zoneinfo import ZoneInfo

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from relay.demo.chronicle import NETWORKS, Line
from relay.demo.tally import Tally, latencies
from relay.demo.town import Town
from relay.i18n import Message, _, say, say_n
from relay.square.day import ZONE

STORY = 12  # lines of the story under the figures
MARKS = {"edge": ("●", "bold red"), "sent": ("✓", "green"), "change": ("~", "yellow"), "quiet": ("·", "dim")}


class View(Protocol):
    """Shows the story while it is told."""

    def __enter__(self) -> "View": ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def show(self, fresh: Sequence[Line], story: Sequence[Line], town: Town, looks_at: datetime | None) -> None:
        """``fresh`` is new; ``looks_at``: when the relay looks at the feed next."""


class Plain:
    """One line after the other."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def __enter__(self) -> "Plain":
        return self

    def __exit__(self, *_raised: object) -> None:
        return None

    def show(self, fresh: Sequence[Line], story: Sequence[Line], town: Town, looks_at: datetime | None) -> None:
        for line in fresh:
            self._console.print(told(line), soft_wrap=True)


class Moving:
    """A screen of 80 columns, drawn anew at every look."""

    def __init__(self, console: Console) -> None:
        self._live = Live(console=console, auto_refresh=False)

    def __enter__(self) -> "Moving":
        self._live.start()
        return self

    def __exit__(self, *_raised: object) -> None:
        self._live.stop()

    def show(self, fresh: Sequence[Line], story: Sequence[Line], town: Town, looks_at: datetime | None) -> None:
        lines = Text("\n").join(told(line) for line in story[-STORY:])
        lines.no_wrap, lines.overflow = True, "ellipsis"
        missing = STORY - min(len(story), STORY)
        self._live.update(Group(_head(town), _figures(town, looks_at), lines, *[Text()] * missing), refresh=True)


def told(line: Line) -> Text:
    """A line of the story with its time and its mark."""
    sign, style = MARKS[line.mark]
    return Text.assemble((clock(line.at), "bold"), " ", (sign, style), " ", str(line.text))


def clock(moment: datetime) -> str:
    """The newsroom's wall time."""
    return f"{moment.astimezone(ZoneInfo(ZONE)):%H:%M}"


def standing(town: Town) -> Message:
    """Where the strike stands, in a few words."""
    now, window = town.clock.now(), town.window
    if now < window.opens:
        return say("Before the strike: it begins in {left}.", left=_span(window.opens - now))
    if now < window.closes:
        return say("On strike: {left} left.", left=_span(window.closes - now))
    return say("The strike is over.")


def verdict(tally: Tally) -> Message:
    """The result in one line."""
    return say(
        "articles: {n} · notices: {notices} · {figures}",
        n=tally.articles,
        notices=sum(tally.notices.values()),
        figures=_discrepancies(tally),
    )


def _discrepancies(tally: Tally) -> Message:
    return say(
        "duplicates: {duplicates} · missing: {missing} · outside the window: {outside}",
        duplicates=tally.duplicates,
        missing=tally.missing,
        outside=tally.outside_window,
    )


def summary(tally: Tally) -> Text:
    """The result in three lines."""
    notices = " · ".join(f"{_name(account)} {n}" for account, n in tally.notices.items())
    latency = say("From feed to post: median {p50} s, 95 % within {p95} s, {max} s at most", **tally.latency_s)
    sign, style = ("✓", "bold green") if tally.flawless else ("✗", "bold red")
    articles = say_n(
        "{n} article during the strike, answered: {notices}",
        "{n} articles during the strike, answered: {notices}",
        tally.articles,
        notices=notices,
    )
    return Text.assemble((sign, style), f" {articles}\n  {_discrepancies(tally)}\n  {latency}")


def _head(town: Town) -> RenderableType:
    now, window = town.clock.now(), town.window
    grid = Table.grid(padding=(0, 2), expand=True)
    grid.add_column()
    grid.add_column(ratio=1)
    total = (window.closes - window.opens).total_seconds()
    done = min(max((now - window.opens).total_seconds(), 0), total)
    grid.add_row(Text(clock(now), style="bold"), Text(str(standing(town))))
    grid.add_row(Text(), ProgressBar(total=total, completed=done, style="dim", complete_style="red"))
    return Panel(grid, title=f"{town.press.name}", title_align="left", border_style="red", width=80)


def _figures(town: Town, looks_at: datetime | None) -> RenderableType:
    grid = Table.grid(padding=(0, 3), expand=True)
    tally, waits = town.count(), latencies(town.press.pieces, town.posts())
    now = town.clock.now()
    left = "–" if looks_at is None else _span(max(looks_at - now, timedelta()), seconds=True)
    cells = [
        (_("Articles"), str(tally.articles)),
        *((_name(account), str(n)) for account, n in tally.notices.items()),
        (_("Latency"), f"{waits[-1]:.2f} s" if waits else "–"),
        (_("Median"), f"{tally.latency_s['p50']:.2f} s"),
        (_("Next look"), left),
    ]
    for _each in cells:
        grid.add_column(justify="left", ratio=1)
    grid.add_row(*(Text(name, style="dim") for name, _value in cells))
    grid.add_row(*(Text(value, style="bold") for _name_, value in cells))
    return Panel(grid, border_style="dim", width=80)


def _name(account: str) -> str:
    return NETWORKS[account.partition("/")[0]]


def _span(length: timedelta, *, seconds: bool = False) -> str:
    """9 h 05, 12 min, or with ``seconds`` 45 s."""
    whole = int(length.total_seconds())
    if seconds and whole < 120:
        return f"{whole} s"
    hours, minutes = divmod(whole // 60, 60)
    return f"{hours} h {minutes:02}" if hours else f"{minutes} min"
