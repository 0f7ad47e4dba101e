# SPDX-License-Identifier: AGPL-3.0-or-later
"""What must hold after a run, counted without the product's code: the ledger as rows, the servers' pages, the requests.

|articles in scope| · |accounts| = sent + expired + withdrawn + rejected + needs_human; at most one post a row stands,
one where it says sent; nothing began outside the window or later than a second after a stop.
"""

import sqlite3
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from simulation.scene import DAY
from simulation.world import World

from relay.terms import Window

ENDS = {"sent", "expired", "withdrawn", "rejected", "needs_human"}
PAUSE = timedelta(minutes=3)  # between two looks whether anything is left
OBEYED = timedelta(seconds=1)  # within which a stop is
ROWS = """
    SELECT d.state, d.reason, account.network, account.handle, article.link, notice.subject, d.post, d.id
    FROM delivery d JOIN account ON account.id = d.account_id JOIN notice ON notice.id = d.notice_id
    LEFT JOIN article ON article.id = notice.article_id WHERE d.action = 'publish' ORDER BY d.id
"""

OPEN = """
    SELECT 1 FROM delivery d JOIN notice ON notice.id = d.notice_id
    WHERE d.state IN ('pending', 'sending', 'unsure') AND NOT (notice.kind = 'end' AND d.state = 'pending')
"""


@dataclass(frozen=True)
class Row:
    """A delivery: ``words`` is what can be found of it on a page, the article's link or a start's or end's text."""

    state: str
    reason: str
    kind: str
    handle: str
    words: str
    subject: str


@dataclass
class Verdict:
    """Counts of what must not be; ``faults`` names each, ``states`` counts where the rows ended."""

    duplicates: int = 0
    missing: int = 0
    unaccounted: int = 0
    after_end: int = 0
    faults: list[str] = field(default_factory=list)
    states: Counter[str] = field(default_factory=Counter)

    @property
    def clean(self) -> bool:
        """Nothing of it happened."""
        return not self.faults

    def fault(self, count: str, words: str, number: int = 1) -> None:
        """Count and name one."""
        setattr(self, count, getattr(self, count) + number)
        self.faults.append(f"{count}: {words}")


@dataclass(frozen=True)
class Ran:
    """How a run ended: the relay's steps in its first life, how often it was killed, the trace, and the arguments of
    ``run.py`` that replay it.
    """

    verdict: Verdict
    steps: int
    crashes: int
    trace: str
    replay: str

    def __str__(self) -> str:
        """What a failing test prints."""
        faults = "\n".join(self.verdict.faults[:10])
        return f"{self.replay}\nreplay: python tests/simulation/run.py --replay '{self.replay}'\n{faults}"


@dataclass(frozen=True)
class Expected:
    """``articles``: links that must have a row on every account. ``stops``: moments on the relay's clock.

    ``owed``: rows may end as needs_human on class D alone, and must be sent elsewhere. ``recalled``: nothing may stand
    where things can be deleted.
    """

    articles: tuple[str, ...]
    windows: tuple[Window, ...] = tuple(DAY)
    stops: tuple[datetime, ...] = ()
    owed: bool = False
    recalled: bool = False


def judge(world: World, expected: Expected) -> Verdict:
    """Count all of it, once the run is over and its last sweep was due."""
    verdict = Verdict()
    found = rows(world)
    verdict.states.update(row.state for row in found)
    _law(verdict, world, found, expected)
    for row in found:
        _page(verdict, world, row, expected)
    _begun(verdict, world, expected)
    _recalled(verdict, world, expected)
    for words in world.ear.heard + world.loop.accidents:
        verdict.fault("unaccounted", f"the relay stumbled: {words}")
    return verdict


def rest(world: World, minutes: float) -> None:
    """Let time pass until nothing is left to be done but the end notices, at most that long."""
    end = world.clock.true() + timedelta(minutes=minutes)
    world.run(minutes=1)
    while world.clock.true() < end and at_work(world):
        world.run(min(end, world.clock.true() + PAUSE))


def at_work(world: World) -> bool:
    """Whether anything is left to be done but the end notices."""
    with closing(sqlite3.connect(world.file)) as ledger:
        return ledger.execute(OPEN).fetchone() is not None


def rows(world: World) -> list[Row]:
    """The ledger's publish rows."""
    with closing(sqlite3.connect(world.file)) as ledger:
        read = ledger.execute(ROWS).fetchall()
    return [
        Row(state, why, kind.upper(), handle[1:], link or "", subject)
        for state, why, kind, handle, link, subject, *_ in read
    ]


def _law(verdict: Verdict, world: World, found: list[Row], expected: Expected) -> None:
    """The conservation law, row by row."""
    there = {(row.kind, row.handle, row.words) for row in found if row.words}
    for kind, host in world.hosts.items():
        handles = {each.handle for each in found if each.kind == kind} or {"desk0"}
        for handle in handles:
            for link in expected.articles:
                if (kind, handle, link) not in there:
                    verdict.fault("missing", f"no row for {link} on {handle}@{host.name}")
    for row in found:
        if row.state not in ENDS and not (row.subject.startswith("end/") and not _over(world, expected)):
            verdict.fault("unaccounted", f"{row.subject} on {row.kind} is still {row.state} ({row.reason})")


def _over(world: World, expected: Expected) -> bool:
    return world.clock.now() >= max(window.closes for window in expected.windows)


def _page(verdict: Verdict, world: World, row: Row, expected: Expected) -> None:
    """What the server shows against what the ledger says."""
    if not row.words:
        return
    host = world.hosts[row.kind]
    said = [each for each in host.said if each.account == row.handle and row.words in each.post.text.split()]
    standing = [each for each in said if each.gone is None]
    where = f"{row.subject} on {row.kind}"
    if len(standing) > 1:
        verdict.fault("duplicates", f"{where} stands {len(standing)} times", len(standing) - 1)
    if row.state == "sent" and not standing:
        verdict.fault("missing", f"{where} is sent ({row.reason}) and nothing stands")
    if row.state not in ("sent", "needs_human") and standing and host.kind != "D":
        verdict.fault("unaccounted", f"{where} is {row.state} ({row.reason}) and stands")
    if expected.owed and row.state != "sent" and not (row.kind == "D" and row.state == "needs_human"):
        verdict.fault("missing", f"{where} ended as {row.state} ({row.reason})")


def _recalled(verdict: Verdict, world: World, expected: Expected) -> None:
    """What a person took back is gone."""
    if not expected.recalled:
        return
    for host in world.hosts.values():
        standing = [each for each in host.said if each.gone is None and host.kind != "D"]
        if standing:
            verdict.fault("after_end", f"{len(standing)} posts stand on {host.name} after the recall", len(standing))


def _begun(verdict: Verdict, world: World, expected: Expected) -> None:
    """No first byte outside the windows, or later than a second after a stop."""
    for each in world.begun:
        if each.what != "publish":
            continue
        if not any(window.opens <= each.clock < window.closes for window in expected.windows):
            verdict.fault("after_end", f"{each.host} was told at {each.clock:%d %H:%M:%S}, outside the windows")
        if any(stop + OBEYED < each.clock for stop in expected.stops):
            verdict.fault("after_end", f"{each.host} was told at {each.clock:%H:%M:%S}, after the stop")
